package org.patchbay.fault;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.RxMetadata;
import org.patchbay.api.TxBatch;

/** Uses the frontend's buffers when, where, or as nobody may. */
final class BufferMisuse implements QueueFault {

  private static final int NOTE = 60;
  private static final int WRITES = 50;
  private static final long PAUSE_NANOS = 1_000_000;

  private final Fault fault;
  private final Helpers helpers;
  private final Misuses misuses;
  // In the heap, as large as the longest frame and some more.
  private final MemorySegment junk;
  private final RxMetadata metadata = new RxMetadata();
  private @Nullable BufferAccess access;
  private int held;
  private boolean holds;
  private int given;
  private boolean gave;

  /**
   * @param fault one of those that misuse buffers
   * @param helpers runs what is to happen on another thread
   * @param misuses counts what was done
   */
  BufferMisuse(Fault fault, Helpers helpers, Misuses misuses) {
    this.fault = fault;
    this.helpers = helpers;
    this.misuses = misuses;
    junk = Arena.ofAuto().allocate(1 << 17).fill((byte) 0x5a);
  }

  @Override
  public void posted(BufferAccess buffers, int[] ids, int count) {
    access = buffers;
    if (count > 0) {
      // The newest: it stays with the endpoint for longest.
      held = ids[count - 1];
      holds = true;
    }
    gave = false; // it may be among those that are posted now
  }

  @Override
  public void returned(int[] ids, int count) {
    if (count > 0) {
      given = ids[count - 1];
      gave = true;
    }
    for (int i = 0; i < count; i++) {
      holds &= ids[i] != held;
    }
  }

  @Override
  public void before(BufferAccess buffers) {
    if (fault == Fault.BUFFER_AFTER_RETURN && gave) {
      misuses.count(buffers.writeData(given, junk, 0, NOTE) != BufferAccess.WRITTEN);
    }
  }

  @Override
  public int rxPoll(BufferAccess buffers, int[] ids, int space, int result) {
    if (fault == Fault.BUFFER_PAST_CAPACITY && result > 0) {
      int id = ids[result - 1];
      int length = buffers.capacity(id) + 1;
      misuses.count(buffers.writeData(id, junk, 0, length) != BufferAccess.WRITTEN);
      misuses.count(buffers.writeMetadata(id, metadata.set(0, length)) != BufferAccess.WRITTEN);
    }
    return result;
  }

  @Override
  public int txAvail(BufferAccess buffers, TxBatch batch, int result) {
    if (fault == Fault.BUFFER_OTHER_THREAD && holds) {
      int id = held;
      helpers.once("uses buffers", () -> use(buffers, id));
    }
    return result;
  }

  @Override
  public void closed() {
    BufferAccess kept = access;
    if (fault == Fault.BUFFER_AFTER_CLOSE && kept != null) {
      int id = held;
      helpers.once("uses closed buffers", () -> use(kept, id));
    }
  }

  /** Writes again and again, whatever comes of it. */
  private void use(BufferAccess buffers, int id) {
    RxMetadata own = new RxMetadata();
    for (int i = 0; i < WRITES && !Thread.currentThread().isInterrupted(); i++) {
      LockSupport.parkNanos(PAUSE_NANOS);
      boolean refused;
      try {
        refused = buffers.writePacket(id, own.set(0, NOTE), junk, 0, NOTE) != BufferAccess.WRITTEN;
      } catch (RuntimeException | InternalError e) {
        refused = true; // the platform has taken the memory away: it tries again all the same
      }
      misuses.count(refused);
    }
  }
}
