package org.patchbay.frontend;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.RxSegments;
import org.patchbay.api.TxBatch;

/**
 * Reflects until it is told to stick: then its next transmit reads from a pipe straight into the
 * oldest receive buffer that it holds, in a native call that nothing interrupts.
 */
final class NativeQueue extends ScriptedQueue {

  static final byte[] LATE = {0x5a, 0x5b, 0x5c, 0x5d, 0x5e, 0x5f, 0x60, 0x61};

  final Pipe pipe = new Pipe();
  volatile boolean sticks;
  volatile boolean entered;

  /** The buffer that is read to. */
  volatile int id = -1;

  volatile @Nullable Thread thread;

  /** What it met when it used what it had been lent after the call. */
  volatile @Nullable Throwable late;

  volatile int lateAnswer;

  NativeQueue() {
    super(Transmit.REFLECT);
  }

  @Override
  public int rxPoll(BufferAccess buffers, int[] ids, int space) {
    return closed ? GONE : super.rxPoll(buffers, ids, space);
  }

  @Override
  public int txAvail(BufferAccess buffers, TxBatch batch) {
    if (closed) {
      return GONE;
    }
    if (!sticks) {
      return super.txAvail(buffers, batch);
    }
    id = held.element();
    RxSegments segments = new RxSegments(1);
    buffers.pushGuestAddresses(id, segments);
    int region = buffers.guestMemory().regionOf(segments.address(0), LATE.length);
    long offset = segments.address(0) - buffers.guestMemory().regionAddress(region);
    MemorySegment target = buffers.guestMemory().regionMemory(region).asSlice(offset, LATE.length);
    thread = Thread.currentThread();
    entered = true;
    pipe.read(target);
    try {
      while (true) {
        // Until the engine comes to revoke it.
        target.fill((byte) 0x7e);
        lateAnswer = buffers.writeData(id, MemorySegment.ofArray(LATE), 0, LATE.length);
        Thread.onSpinWait();
      }
    } catch (IllegalStateException e) {
      late = e;
    }
    return GONE;
  }

  /** Lets the native call return. */
  void release() {
    pipe.write(LATE);
  }
}
