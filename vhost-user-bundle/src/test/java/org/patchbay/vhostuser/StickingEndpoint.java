package org.patchbay.vhostuser;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.DelegatingEndpoint;
import org.patchbay.api.DelegatingQueue;
import org.patchbay.api.EndpointException;
import org.patchbay.api.GuestMemory;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.RssConfig;
import org.patchbay.api.RxSegments;
import org.patchbay.api.TxBatch;
import org.patchbay.linux.EventFd;
import org.patchbay.loopback.LoopbackEndpoint;

/**
 * A loopback that, once told so, sticks in a native call which waits to write to the guest buffer
 * that was posted first.
 */
final class StickingEndpoint extends DelegatingEndpoint implements AutoCloseable {

  private static final MethodHandle POLL = poll();

  private final EventFd event;
  private volatile boolean sticks;

  /** Whether the native call has begun. */
  volatile boolean entered;

  /** Guest address that the native call writes 8 bytes to. */
  volatile long address;

  /** What the call met afterwards. */
  volatile @Nullable Throwable late;

  StickingEndpoint() throws IOException {
    super(new LoopbackEndpoint());
    event = EventFd.open();
  }

  @SuppressWarnings("restricted") // the C library's, with its own signature
  private static MethodHandle poll() {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow("poll"),
        FunctionDescriptor.of(
            ValueLayout.JAVA_INT,
            ValueLayout.ADDRESS,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_INT));
  }

  /** Has the next transmit stick. */
  void stick() {
    sticks = true;
  }

  /** Has the native call return. */
  void release() {
    event.signal();
  }

  @Override
  public List<Queue> getQueues(List<QueueConfig> configs, @Nullable RssConfig rss)
      throws EndpointException {
    return super.getQueues(configs, rss).stream().<Queue>map(Sticking::new).toList();
  }

  @Override
  public void close() {
    event.close();
  }

  private final class Sticking extends DelegatingQueue {

    private int first = -1;

    Sticking(Queue delegate) {
      super(delegate);
    }

    @Override
    public int rxAvail(BufferAccess buffers, int[] ids, int count) {
      if (count > 0) {
        first = ids[0];
      }
      return super.rxAvail(buffers, ids, count);
    }

    @Override
    public int txAvail(BufferAccess buffers, TxBatch batch) {
      if (!sticks || batch.packetCount() == 0) {
        return super.txAvail(buffers, batch);
      }
      sticks = false;
      GuestMemory memory = buffers.guestMemory();
      RxSegments segments = new RxSegments(16);
      buffers.pushGuestAddresses(first, segments);
      address = segments.address(0);
      int region = memory.regionOf(address, 8);
      MemorySegment target =
          memory.regionMemory(region).asSlice(address - memory.regionAddress(region), 8);
      // poll(2) writes its answer where it was asked: to the last two bytes of a struct pollfd.
      target.set(ValueLayout.JAVA_INT_UNALIGNED, 0, event.descriptor().value());
      target.set(ValueLayout.JAVA_SHORT_UNALIGNED, 4, (short) 1);
      target.set(ValueLayout.JAVA_SHORT_UNALIGNED, 6, (short) 0);
      entered = true;
      try {
        int unused = (int) POLL.invokeExact(target, 1L, -1);
        while (true) {
          target.fill((byte) 0x7e); // until it is revoked
          Thread.onSpinWait();
        }
      } catch (Throwable e) {
        late = e;
      }
      return 0;
    }
  }
}
