export { tradeWorkflow } from './trade.ts';
