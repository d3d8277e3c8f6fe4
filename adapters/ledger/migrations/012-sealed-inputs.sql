-- Part of a decision's inputs may be sealed, and sealed again each time they are written: an answer
-- is noted when the answer is another one.
drop trigger entry_approved on trades;
create trigger entry_approved after update of decision_inputs on trades
  for each row when (new.decision_inputs ? 'again'
    and (old.decision_inputs -> 'again') is distinct from (new.decision_inputs -> 'again'))
  execute function audit_answer();
