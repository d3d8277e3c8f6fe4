import nacl from 'tweetnacl';
import { createPermitMac } from '../../../adapters/secrets/permit-mac.ts';
import { createSigner } from '../../../adapters/secrets/signer.ts';
import { compileSwapTemplates } from '../../../adapters/venues/raydium-cpmm/compile-swap.ts';
import { loadMarkets } from '../../../config/markets.ts';
import { encodeBase58 } from '../../../domain/shared/base58.ts';
import type { Market } from '../../../domain/market/market.ts';
import { admitTemplates } from '../../../hotpath/admit-template.ts';
import { createTemplates, tipsByRoute } from '../../../hotpath/templates.ts';
import { createTrader, type Trader } from './approver.ts';
import { busError, createBus } from './bus.ts';
import { chainError, createChain } from './chain.ts';
import { startLife, type Host, type Life, type Site } from './executor.ts';
import { createLedger, ledgerError } from './ledger.ts';
import { createMemoryDisk } from './memory-disk.ts';
import { anOwner, createSim, type Owner, type Remote, type Sim } from './sim.ts';
import type { Swarm } from './swarm.ts';
import type { Tape } from './tape.ts';
import { createTruth, Violation } from './truth.ts';

// Known to everybody, and worth nothing: the model's own wallet.
const SEED = Buffer.alloc(32, 11);
const signer = createSigner(Buffer.from(nacl.sign.keyPair.fromSeed(SEED).secretKey));
const wallet = encodeBase58(signer.publicKey);
const [sol] = loadMarkets(['SOL-USDC']);
if (!sol) throw new Error('the registry has no SOL-USDC');
/** Three markets of one pool: risk allows one position a market, and more are wanted at once. */
const markets: readonly Market[] = ['SOL-USDC', 'SOM-USDC', 'SON-USDC'].map((id) => ({
  ...sol,
  id,
}));
const compiled = admitTemplates(compileSwapTemplates(wallet, markets), { wallet, markets });
const TIP_ACCOUNTS = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
const mac = createPermitMac(Buffer.alloc(32, 9));
const EXPOSURE_MAX = 450_000_000n;
const LIMITS = { exposureMax: EXPOSURE_MAX, buyMax: 300_000_000n, tipMax: 20_000n };

const HOSTS = ['host-0', 'host-1'];

/** One system of the model, before anything has happened. */
export function createWorld(tape: Tape, swarm: Swarm) {
  const sim: Sim = createSim((below) => tape.next(below));
  sim.slow = swarm.slow;
  const bus = createBus();
  const ledger = createLedger(() => sim.nowMs);
  const truth = createTruth(ledger, LIMITS);
  let trader: Trader | undefined;
  const chain = createChain({
    sim,
    templates: compiled,
    baseIsToken0: sol?.pool.baseIsToken0 ?? true,
    onIncluded: truth.onIncluded,
  });
  const fateOf = (error: () => Error, isAway: () => boolean) => (): Remote => ({
    error,
    away: isAway(),
    lost: {
      request: swarm.lossOneIn > 0 && tape.chance(swarm.lossOneIn),
      reply: swarm.lossOneIn > 0 && tape.chance(swarm.lossOneIn),
    },
  });
  const busFate = fateOf(busError, () => bus.away);
  const ledgerFate = fateOf(ledgerError, () => ledger.away);
  const chainFate = fateOf(chainError, () => false);

  const site: Site = {
    ...{ sim, bus, ledger, chain, truth, limits: LIMITS, wallet, markets, mac, signer },
    templates: createTemplates({
      templates: compiled,
      tips: tipsByRoute(TIP_ACCOUNTS),
      unitPrice: 50_000n,
    }),
    busFate,
    ledgerFate,
    fateOfBytes: () =>
      swarm.badWires && tape.chance(3) ? (tape.chance(2) ? 'lost' : 'stuck') : 'arrives',
    isCongested: () => swarm.badWires && tape.chance(12),
    maybeStall: () => {
      if (swarm.stalls && tape.chance(25)) sim.stall([5, 300, 2_500, 8_000][tape.next(4)] ?? 0);
    },
  };

  const worker = anOwner('trading');
  const hosts: readonly Host[] = HOSTS.map((name) => ({
    name,
    disk: createMemoryDisk((work) => {
      const owner = sim.current;
      if (owner) sim.post(owner, work);
    }),
  }));
  let lives: Life[] = [];
  let born = 0;

  const alive = (): Life[] => {
    lives = lives.filter(({ owner }) => owner.alive);
    return lives;
  };
  const check = (): void => {
    if (truth.violation) throw truth.violation;
  };
  const moment = (): void => {
    for (const life of alive()) {
      if (!life.owner.paused && !swarm.blind) life.feed();
    }
  };
  const advance = async (ms: number): Promise<void> => {
    await sim.advance(ms, moment);
    check();
  };
  const act = async (owner: Owner, work: () => void): Promise<void> => {
    await sim.at(owner, work);
    check();
  };

  const startOn = async (host: Host | undefined): Promise<void> => {
    // `flock`: one executor a host, also while it is paused.
    if (!host || alive().some((life) => life.host === host)) return;
    const owner = anOwner(`executor-${(born += 1)}`);
    await act(owner, () => {
      let life: Life;
      try {
        life = startLife(site, owner, host);
      } catch (error) {
        owner.alive = false;
        truth.note(new Violation(`(4) a journal cannot be read: ${String(error)}`));
        return;
      }
      lives.push(life);
      life.feed();
    });
  };

  const traderOf = (): Trader => {
    if (!trader) throw new Error('the trading worker has not begun');
    return trader;
  };
  const begin = async (): Promise<void> => {
    await act(worker, () => {
      trader = createTrader({
        ...{ sim, bus, ledger, chain, truth, wallet, markets, mac },
        owner: worker,
        lifeMs: swarm.lifeMs,
        exposureMax: EXPOSURE_MAX,
        lives: alive,
        ...{ busFate, ledgerFate, chainFate },
      });
    });
    await startOn(hosts[0]);
    for (let n = 0; n < 4 && sim.slow; n++) await sim.deliverOne();
    await advance(20);
  };

  return {
    ...{ tape, swarm, sim, bus, ledger, truth, chain, worker, hosts, markets },
    ...{ alive, check, advance, act, startOn, traderOf, begin },
    /** What is final on the chain by now, held against what was final before. */
    noteFinals(): void {
      for (const one of chain.history) {
        if (chain.isFinal(one.slot)) truth.onFinal(one.signature, one.error);
      }
    },
  };
}

export type World = ReturnType<typeof createWorld>;
