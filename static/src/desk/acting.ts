import type { Begun } from "./entry.ts";
import type { Act, Rank } from "./protocol.ts";

export interface SubstituteEntry {
  name: string;
  position: string;
  rank: Rank;
  reason: string;
}

export interface WalkInEntry {
  name: string;
  position: string;
  unit: string;
}

/** Everything that an operator can do at a desk; each act is begun by the desk itself. */
export abstract class Acting {
  /** Begin an act with these fields about this person, where it is known whom it is about. */
  protected abstract begin(event: Act, rest: Record<string, unknown>, delegateId: number | null): Begun;

  checkInByName(delegateId: number): Begun {
    return this.begin("check_in", { method: "name", delegate_id: delegateId }, delegateId);
  }

  checkInByCode(code: string): Begun {
    return this.begin("check_in", { method: "scan", code }, null);
  }

  undo(delegateId: number, reason: string): Begun {
    return this.begin("undo_check_in", { delegate_id: delegateId, reason }, delegateId);
  }

  leave(delegateId: number): Begun {
    return this.begin("leave", { method: "name", delegate_id: delegateId }, delegateId);
  }

  leaveByCode(code: string): Begun {
    return this.begin("leave", { method: "scan", code }, null);
  }

  undoLeave(delegateId: number, reason: string): Begun {
    return this.begin("undo_leave", { delegate_id: delegateId, reason }, delegateId);
  }

  /** Somebody has come in the place of the delegate. */
  substitute(delegateId: number, who: SubstituteEntry): Begun {
    return this.begin("substitute", { delegate_id: delegateId, ...who }, delegateId);
  }

  /** `substitution`: the `client_ref` of the substitute's entry. */
  withdrawSubstitute(substitution: string, reason: string): Begun {
    return this.begin("withdraw_substitute", { substitution, reason }, null);
  }

  walkIn(who: WalkInEntry): Begun {
    return this.begin("walk_in", { ...who }, null);
  }

  countHeads(count: number, reason: string): Begun {
    return this.begin("count_heads", { count, reason }, null);
  }
}
