// Rules of this project that oxlint does not have. Read by .oxlintrc.json.

const OWN_LINES_MAX = 60;

/**
 * Lines of a function less those of the functions inside it. A `create…(deps)` factory holds
 * closures as a class holds methods: each closure has the limit, and so has what is left.
 */
const ownLines = {
  create(context) {
    const open = [];
    const enter = () => open.push({ inner: 0 });
    const leave = (node) => {
      const { inner } = open.pop();
      const lines = node.loc.end.line - node.loc.start.line + 1;
      const own = lines - inner;
      // The line on which a closure begins belongs to the function around it.
      if (open.length > 0) open.at(-1).inner += lines - 1;
      if (own > OWN_LINES_MAX) {
        const message = `${own} lines of its own, at most ${OWN_LINES_MAX}: split it by concept.`;
        context.report({ node, message });
      }
    };
    return {
      FunctionDeclaration: enter,
      FunctionExpression: enter,
      ArrowFunctionExpression: enter,
      'FunctionDeclaration:exit': leave,
      'FunctionExpression:exit': leave,
      'ArrowFunctionExpression:exit': leave,
    };
  },
};

/** `new Date()` reads the clock; `new Date(ms)` only formats a time that was given. */
const noClock = {
  create(context) {
    return {
      NewExpression(node) {
        if (node.callee.name !== 'Date' || node.arguments.length > 0) return;
        context.report({ node, message: 'Times are arguments here.' });
      },
    };
  },
};

export default {
  meta: { name: 'overmind' },
  rules: { 'own-lines': ownLines, 'no-clock': noClock },
};
