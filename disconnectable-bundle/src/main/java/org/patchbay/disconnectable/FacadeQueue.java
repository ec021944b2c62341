package org.patchbay.disconnectable;

import org.jspecify.annotations.Nullable;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueStatistics;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxResult;

/**
 * What an engine holds in place of a vendor's queue: passes each call through a {@link Gate} and
 * checks the answer.
 *
 * <p>A vendor that throws, or answers a count that can't be true, has the call answered with {@link
 * Queue#FATAL} and its queue not called again except to close it. Once the gate is closed, calls
 * answer {@link Queue#GONE} and touch nothing of the vendor's. While the backend leaves service the
 * worker can still collect, but no new packet is accepted. Nothing is allocated unless a vendor
 * misbehaves.
 *
 * <p>An {@link InternalError} may be a vendor's, or the JVM's when a guest took memory away that
 * the vendor was right to use. It is treated like all else that a vendor throws; only the engine,
 * which knows the guest, decides whether the plug ends or its queues are opened anew. The {@link
 * #failure()} is a description of what was thrown, as the thrown object is the vendor's.
 */
final class FacadeQueue implements Queue {

  private final FacadeEndpoint endpoint;
  private final Queue vendor;
  private final QueueStatistics statistics;
  private final Gate gate = new Gate();
  // Written by the worker; read by the coordinator and by operators.
  private volatile @Nullable Throwable failure;
  // Worker only: the vendor misbehaved, and nothing it says is believed any more.
  private boolean distrusted;

  FacadeQueue(FacadeEndpoint endpoint, Queue vendor, QueueStatistics statistics) {
    this.endpoint = endpoint;
    this.vendor = vendor;
    this.statistics = statistics;
  }

  Gate gate() {
    return gate;
  }

  /** The vendor's queue. For the endpoint's facade alone, which closes it. */
  Queue vendor() {
    return vendor;
  }

  /** The method of a facade that a thread is in, or null; as wrappers may be, the outermost. */
  static @Nullable String callOf(Thread thread) {
    String call = null;
    for (StackTraceElement frame : thread.getStackTrace()) {
      if (frame.getClassName().equals(FacadeQueue.class.getName())) {
        call = frame.getMethodName();
      }
    }
    return call;
  }

  @Override
  public void updateTargetVp(int targetVp) {
    if (gate.enter() >= Gate.CLOSED) {
      return;
    }
    if (!distrusted) {
      try {
        vendor.updateTargetVp(targetVp);
      } catch (Throwable e) { // a vendor's; even an Error must not reach the worker
        distrust(e);
      }
    }
    gate.exit();
  }

  @Override
  public boolean pollReady(BufferAccess buffers) {
    if (gate.enter() >= Gate.CLOSED) {
      return false;
    }
    boolean ready;
    try {
      // A distrusted queue is ready, so that the worker polls and is told of the failure.
      ready = distrusted || vendor.pollReady(buffers);
    } catch (Throwable e) { // as above
      distrust(e);
      ready = true;
    }
    return gate.exit() != Gate.FORCED && ready;
  }

  @Override
  public int rxAvail(BufferAccess buffers, int[] ids, int count) {
    if (gate.enter() >= Gate.CLOSED) {
      return GONE;
    }
    int result = FATAL;
    if (!distrusted) {
      try {
        result = checked("rxAvail", vendor.rxAvail(buffers, ids, count), 0);
      } catch (Throwable e) { // as above
        result = distrust(e);
      }
    }
    return gate.exit() == Gate.FORCED ? GONE : result;
  }

  @Override
  public int rxPoll(BufferAccess buffers, int[] ids, int space) {
    if (gate.enter() >= Gate.CLOSED) {
      return GONE;
    }
    int result = FATAL;
    if (!distrusted) {
      try {
        result = checked("rxPoll", vendor.rxPoll(buffers, ids, space), space);
      } catch (Throwable e) { // as above
        result = distrust(e);
      }
    }
    return gate.exit() == Gate.FORCED ? GONE : result;
  }

  @Override
  public int txAvail(BufferAccess buffers, TxBatch batch) {
    int state = gate.enter();
    if (state != Gate.OPEN) {
      if (state == Gate.LEAVING) {
        gate.exit();
        return TxResult.complete(0);
      }
      return GONE;
    }
    int result = FATAL;
    if (!distrusted) {
      int packets = batch.packetCount();
      try {
        result = vendor.txAvail(buffers, batch);
        if (result < 0 || TxResult.accepted(result) > packets) {
          result = refused("txAvail", result, packets);
        }
      } catch (Throwable e) { // as above
        result = distrust(e);
      }
    }
    return gate.exit() == Gate.FORCED ? GONE : result;
  }

  @Override
  public int txPoll(BufferAccess buffers, int[] ids, int space) {
    if (gate.enter() >= Gate.CLOSED) {
      return GONE;
    }
    int result = FATAL;
    if (!distrusted) {
      try {
        result = checked("txPoll", vendor.txPoll(buffers, ids, space), space);
      } catch (Throwable e) { // as above
        result = distrust(e);
      }
    }
    return gate.exit() == Gate.FORCED ? GONE : result;
  }

  @Override
  public QueueStatistics statistics() {
    return statistics;
  }

  @Override
  public @Nullable Throwable failure() {
    return failure;
  }

  @Override
  public void close() {
    endpoint.closeQueue(this);
  }

  private int checked(String call, int result, int most) {
    return result >= 0 && result <= most ? result : refused(call, result, most);
  }

  /** A failure code, or an answer that can't be true. Inside the gate. */
  private int refused(String call, int result, int most) {
    if (result == TRY_RESTART || result == FATAL) {
      Throwable cause = vendor.failure();
      failure =
          cause != null
              ? VendorFault.of(cause)
              : new IllegalStateException(
                  call + " answered " + result + " and the backend named no cause");
      return result;
    }
    String answer =
        call.equals("txAvail") && result >= 0
            ? TxResult.accepted(result) + " packets"
            : Integer.toString(result);
    return distrust(
        new IllegalStateException(
            call
                + " answered "
                + answer
                + "; allowed are 0 to "
                + most
                + ", TRY_RESTART and FATAL"));
  }

  private int distrust(Throwable cause) {
    distrusted = true;
    failure = VendorFault.of(cause);
    return FATAL;
  }
}
