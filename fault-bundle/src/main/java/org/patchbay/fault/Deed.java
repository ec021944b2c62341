package org.patchbay.fault;

/** What any method can do wrong before it does its work. */
@FunctionalInterface
interface Deed {

  /** For faults that lie in a queue's arguments and answers instead. */
  Deed NOTHING = () -> {};

  /** Does it, on the thread of the call that has the fault; may throw, or not return. */
  void commit();
}
