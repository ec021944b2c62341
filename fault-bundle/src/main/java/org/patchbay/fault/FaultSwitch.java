package org.patchbay.fault;

import java.util.concurrent.atomic.AtomicLong;
import org.patchbay.api.InspectNode;

/**
 * The one place where each method asks whether its fault is due: it is for every call after the
 * first {@code after}, which go well. Counts over all queues and plugs of one configuration. Any
 * thread; allocates nothing.
 */
final class FaultSwitch {

  private final Fault fault;
  private final Call in;
  private final long after;
  private final Deed deed;
  private final AtomicLong calls = new AtomicLong();
  private final AtomicLong happened = new AtomicLong();

  /**
   * @param after how many calls go well
   * @param deed what the call does first
   */
  FaultSwitch(Fault fault, Call in, long after, Deed deed) {
    this.fault = fault;
    this.in = in;
    this.after = after;
    this.deed = deed;
  }

  /**
   * Tells that a call begins, and has it do wrong what any method can.
   *
   * @return whether the fault is due in this call
   */
  boolean enter(Call call) {
    if (call != in || fault == Fault.NONE || calls.incrementAndGet() <= after) {
      return false;
    }
    happened.incrementAndGet();
    deed.commit();
    return true;
  }

  /** Describes what is to happen and how often it did. */
  void inspect(InspectNode node) {
    node.value("fault", fault.text());
    if (fault != Fault.NONE) {
      node.value("in", in.text());
      node.value("after", after);
      node.value("calls", calls.get());
      node.value("happened", happened.get());
    }
  }
}
