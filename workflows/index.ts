export { tradeWorkflow } from './trade.ts';
export { emergencyStopWorkflow } from './emergency-stop.ts';
