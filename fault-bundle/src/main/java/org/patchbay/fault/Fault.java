package org.patchbay.fault;

import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What can be wrong with the endpoint; {@code docs/faults.md} says more of each. */
enum Fault {
  /** Nothing. */
  NONE("none", Call.TX_AVAIL, Call.methods()),

  /** A RuntimeException is thrown. */
  THROW_EXCEPTION("throw-exception", Call.TX_AVAIL, Call.all()),
  /** A StackOverflowError, by a recursion without end. */
  THROW_STACK_OVERFLOW("throw-stack-overflow", Call.TX_AVAIL, Call.all()),
  /** A LinkageError, as of a bundle that was built against other classes. */
  THROW_LINKAGE("throw-linkage", Call.TX_AVAIL, Call.all()),
  /** An OutOfMemoryError that the endpoint makes itself; the heap has room. */
  THROW_OUT_OF_MEMORY("throw-out-of-memory", Call.TX_AVAIL, Call.all()),

  /** The call does not return and ignores interrupts. */
  BLOCK("block", Call.TX_AVAIL, Call.all()),
  /** The call waits in the kernel for data to write to guest memory. */
  BLOCK_NATIVE("block-native", Call.TX_AVAIL, Call.withBuffers()),

  /** More than there can be: filled buffers, completions, packets accepted. */
  COUNT_TOO_MANY("count-too-many", Call.TX_AVAIL, counting()),
  /** A negative number that is no failure code. */
  COUNT_NEGATIVE("count-negative", Call.TX_AVAIL, counting()),

  /** An id comes back twice. */
  ID_TWICE("id-twice", Call.RX_POLL, collecting()),
  /** An id comes back that was never given. */
  ID_UNKNOWN("id-unknown", Call.RX_POLL, collecting()),
  /** Ids never come back. */
  ID_NEVER("id-never", Call.TX_POLL, collecting()),

  /** A buffer is written to after rxPoll gave it back. */
  BUFFER_AFTER_RETURN("buffer-after-return", Call.TX_AVAIL, EnumSet.of(Call.TX_AVAIL)),
  /** Buffers are written to after close, by a thread that kept the access. */
  BUFFER_AFTER_CLOSE("buffer-after-close", Call.CLOSE, EnumSet.of(Call.CLOSE)),
  /** A buffer is filled past its capacity, and handed back as if that had worked. */
  BUFFER_PAST_CAPACITY("buffer-past-capacity", Call.RX_POLL, EnumSet.of(Call.RX_POLL)),
  /** A thread of the endpoint's own uses the buffers. */
  BUFFER_OTHER_THREAD("buffer-other-thread", Call.TX_AVAIL, EnumSet.of(Call.TX_AVAIL)),

  /** A thread wakes the worker without pause. */
  WAKE_STORM("wake-storm", Call.GET_QUEUES, EnumSet.of(Call.GET_QUEUES)),
  /** The endpoint says that it keeps the order, and does not. */
  LIE_ORDER("lie-order", Call.TX_AVAIL, EnumSet.of(Call.TX_AVAIL)),
  /** Threads and descriptors are left behind. */
  LEAK("leak", Call.GET_QUEUES, Call.all()),

  /** A second endpoint is registered, by a name that is taken. */
  TAKE_NAME("take-name", Call.GET_QUEUES, Call.all()),
  /** The endpoint unregisters itself in the middle of a call. */
  UNREGISTER("unregister", Call.TX_AVAIL, Call.methods()),
  /** Very many endpoints are registered. */
  REGISTER_MANY("register-many", Call.GET_QUEUES, Call.all());

  private final String text;
  private final Call usualCall;
  private final Set<Call> calls;

  Fault(String text, Call usualCall, Set<Call> calls) {
    this.text = text;
    this.usualCall = usualCall;
    this.calls = Collections.unmodifiableSet(calls);
  }

  /** The calls that answer a count. */
  private static Set<Call> counting() {
    return EnumSet.of(Call.RX_AVAIL, Call.RX_POLL, Call.TX_AVAIL, Call.TX_POLL);
  }

  /** The calls that give ids back. */
  private static Set<Call> collecting() {
    return EnumSet.of(Call.RX_POLL, Call.TX_POLL);
  }

  /** The name in a configuration. */
  String text() {
    return text;
  }

  /** Where it happens if nothing is said. */
  Call usualCall() {
    return usualCall;
  }

  /** Where it can happen. */
  Set<Call> calls() {
    return calls;
  }

  /** The fault of a name, or null if there is none. */
  static @Nullable Fault of(String text) {
    return Arrays.stream(values())
        .filter(fault -> fault.text.equals(text))
        .findFirst()
        .orElse(null);
  }

  /** All names, for a sentence. */
  static String names() {
    return Arrays.stream(values()).map(Fault::text).collect(Collectors.joining(", "));
  }
}
