package org.patchbay.vhostuser.ring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.EndpointException;
import org.patchbay.api.Watch;
import org.patchbay.frontend.RingWatches;
import org.patchbay.linux.Descriptor;
import org.patchbay.linux.RawIo;

/**
 * The notifications of one virtqueue: calls to the guest and kicks from it, each an eventfd that
 * the connection owns. Without a call the guest polls; without a kick the worker has to.
 *
 * <p>Worker, or while it rests.
 */
final class RingNotifications {

  private static final long EVENT = 8; // bytes of an eventfd's value

  private final RingCounters counters;
  private final RawIo io = new RawIo();
  private final MemorySegment one = Arena.ofAuto().allocate(ValueLayout.JAVA_LONG);
  private final MemorySegment drained = Arena.ofAuto().allocate(ValueLayout.JAVA_LONG);
  private @Nullable Descriptor call;
  private @Nullable Descriptor kick;
  private @Nullable Watch watch;
  private boolean wanted;

  /**
   * The guest is called the next time, whether it asks for that or not: what another device or
   * another connection gave back last may have been announced by nobody.
   */
  private boolean callOnce;

  RingNotifications(RingCounters counters) {
    this.counters = counters;
    one.set(ValueLayout.JAVA_LONG, 0, 1);
  }

  void setCall(@Nullable Descriptor descriptor) {
    call = descriptor;
    callOnce = descriptor != null;
  }

  void setKick(@Nullable Descriptor descriptor) {
    kick = descriptor;
  }

  /** Whether the guest never notifies. */
  boolean mustPoll() {
    return kick == null;
  }

  /** Watches the kick by a worker's wait. */
  void started(RingWatches watches) throws EndpointException {
    Descriptor present = kick;
    if (present != null && watch == null) {
      watch = watches.watch(present.value());
    }
  }

  void halted() {
    Watch present = watch;
    if (present != null) {
      watch = null;
      present.close();
    }
  }

  /** Shows the guest what was given back to it, and notifies it if it wants that. */
  void publish(Virtqueue queue) {
    boolean calls = callOnce;
    if (queue.hasUnpublished()) {
      calls |= queue.publish();
    } else if (!calls) {
      return;
    }
    callOnce = false;
    if (!calls) {
      counters.add(RingCounters.CALLS_SUPPRESSED, 1);
      return;
    }
    Descriptor present = call;
    if (present != null) {
      // A full counter means that the guest has not looked yet; then it need not be told again.
      var unused = io.write(present.value(), one.address(), EVENT);
      counters.add(RingCounters.CALLS, 1);
    }
  }

  /** Asks for kicks; the caller then looks at the ring once more, behind a full fence. */
  void want(Virtqueue queue) {
    if (!wanted) {
      wanted = true;
      queue.enableKicks();
    }
  }

  /** Lets the next kick wake the worker. */
  void arm() {
    Watch present = watch;
    if (present != null) {
      present.arm(Watch.READABLE);
    }
  }

  /** Asks for no kicks while the worker polls, and takes one that came. */
  void rest(Virtqueue queue) {
    if (!wanted) {
      return;
    }
    wanted = false;
    queue.disableKicks();
    Watch present = watch;
    Descriptor descriptor = kick;
    if (present != null && descriptor != null && present.takeReady() != 0) {
      // Without waiting: the guest shares the open file, can empty it and make it block.
      if (io.readNoWait(descriptor.value(), drained.address(), EVENT) > 0) {
        counters.add(RingCounters.KICKS, 1);
      }
    }
  }

  /** Begins anew with another virtqueue, which no worker polls yet. */
  void reset() {
    wanted = false;
    callOnce = true;
  }
}
