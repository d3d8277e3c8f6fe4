import type { System } from '../find-system.ts';
import { busRoad } from './bus-road.ts';
import { executorRoad } from './executor-road.ts';
import { postgresRoad } from './postgres-road.ts';
import type { StopRoad } from './road.ts';
import { temporalRoad } from './temporal-road.ts';

/** Every way to stop what runs here. */
export function openRoads({ config }: System): readonly StopRoad[] {
  const { postgres, dragonfly, temporal } = config.addresses;
  return [
    executorRoad(config.files.executorSocket),
    ...(postgres === undefined ? [] : [postgresRoad(postgres)]),
    ...(dragonfly === undefined ? [] : [busRoad(dragonfly, config.passwords.dragonfly)]),
    ...(temporal === undefined ? [] : [temporalRoad(temporal, config.payloads)]),
  ];
}
