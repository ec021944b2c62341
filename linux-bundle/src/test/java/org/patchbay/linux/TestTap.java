package org.patchbay.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A TAP at a test's end of a wire: frames are read and written as bytes. */
public final class TestTap implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Tun tun;
  private final RawIo io = new RawIo();
  private final MemorySegment memory = Arena.ofAuto().allocate(1 << 17);

  private TestTap(Tun tun) {
    this.tun = tun;
  }

  /** Makes an interface in a namespace, which reads finished frames only. */
  public static TestTap attach(TestNamespace namespace, String name) throws Exception {
    Tun tun = NetworkNamespace.call(namespace.name(), () -> Tun.attach(name));
    try {
      tun.setHeaderLength(VirtioNetHeader.LENGTH);
      tun.setReceiveOffloads(0);
      return new TestTap(tun);
    } catch (LinuxException failed) {
      tun.close();
      throw failed;
    }
  }

  /** The interface. */
  public Tun tun() {
    return tun;
  }

  /** The header for the next {@link #write}, at offset 0, asking for nothing yet. */
  public MemorySegment header() {
    VirtioNetHeader.clear(memory, 0);
    return memory;
  }

  /** Writes a frame behind the header that was made last. */
  public void write(byte[] frame) {
    MemorySegment.copy(
        frame, 0, memory, ValueLayout.JAVA_BYTE, VirtioNetHeader.LENGTH, frame.length);
    long length = VirtioNetHeader.LENGTH + frame.length;
    long written = io.write(tun.descriptor().value(), memory.address(), length);
    if (written != length) {
      throw new AssertionError("the write of a frame answered " + written);
    }
  }

  /** Reads the next frames of a test's, leaving out those of the kernel's own. */
  public List<byte[]> read(int count) throws Exception {
    List<byte[]> frames = new ArrayList<>();
    while (frames.size() < count) {
      byte[] frame = poll(PATIENCE);
      if (frame == null) {
        throw new AssertionError("after " + frames.size() + " frames nothing came for 10 s");
      }
      if (isOurs(frame)) {
        frames.add(frame);
      }
    }
    return frames;
  }

  /** Reads the next frame, whosever it is; null if none comes in time. */
  public byte @Nullable [] poll(Duration patience) throws Exception {
    try (Epoll epoll = Epoll.open(1)) {
      epoll.add(tun.descriptor().value(), Epoll.IN, 1);
      return epoll.await(patience.toNanos()) == 0 ? null : readNow();
    }
  }

  /** What waits now of frames that a test sent. */
  public List<byte[]> readWaiting() {
    List<byte[]> frames = new ArrayList<>();
    byte[] frame = readNow();
    while (frame != null) {
      if (isOurs(frame)) {
        frames.add(frame);
      }
      frame = readNow();
    }
    return frames;
  }

  /** A frame that waits, or null. */
  private byte @Nullable [] readNow() {
    long length = io.read(tun.descriptor().value(), memory.address(), memory.byteSize());
    if (length == -Errno.EAGAIN) {
      return null;
    }
    if (length < VirtioNetHeader.LENGTH
        || VirtioNetHeader.segmentation(memory, 0) != VirtioNetHeader.GSO_NONE
        || (VirtioNetHeader.flags(memory, 0) & VirtioNetHeader.NEEDS_CHECKSUM) != 0) {
      throw new AssertionError("the read answered " + length + ", or an unfinished frame");
    }
    long offset = VirtioNetHeader.LENGTH;
    return memory.asSlice(offset, length - offset).toArray(ValueLayout.JAVA_BYTE);
  }

  /** Only tests send from this address. */
  private static boolean isOurs(byte[] frame) {
    return frame[6] == 2 && frame[7] == 0 && frame[11] == 7;
  }

  @Override
  public void close() {
    tun.close();
  }
}
