// A reporter of vitest: writes down which tests passed only when they were tried again, where
// `npm test` reads it.
import { appendFileSync } from 'node:fs';

export default class SecondTries {
  onTestCaseResult(test) {
    const file = process.env['OVERMIND_TEST_SECOND_TRIES'];
    if (file === undefined || !test.diagnostic()?.flaky) return;
    appendFileSync(file, `${test.module.relativeModuleId}: ${test.fullName}\n`);
  }
}
