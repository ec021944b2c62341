package org.patchbay.frontend.offload;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.patchbay.linux.Epoll;
import org.patchbay.linux.LinuxException;
import org.patchbay.linux.NetworkNamespace;
import org.patchbay.linux.RawIo;
import org.patchbay.linux.TestNamespace;
import org.patchbay.linux.Tun;
import org.patchbay.linux.VirtioNetHeader;

/**
 * The kernel's own segmentation: a TAP into which unfinished frames are written, a bridge, and a
 * TAP that takes only finished ones, in a namespace of their own.
 */
final class KernelSegmenter implements AutoCloseable {

  private static final int MTU = 9000;

  private final TestNamespace namespace;
  private final Tun near;
  private final Tun far;
  private final RawIo io = new RawIo();
  private final MemorySegment memory = Arena.ofAuto().allocate(1 << 17);

  private KernelSegmenter(TestNamespace namespace, Tun near, Tun far) {
    this.namespace = namespace;
    this.near = near;
    this.far = far;
  }

  static KernelSegmenter open() throws Exception {
    TestNamespace namespace = TestNamespace.create();
    Tun near = null;
    Tun far = null;
    try {
      near = NetworkNamespace.call(namespace.name(), () -> Tun.attach("near"));
      far = NetworkNamespace.call(namespace.name(), () -> Tun.attach("far"));
      near.setHeaderLength(VirtioNetHeader.LENGTH);
      far.setHeaderLength(VirtioNetHeader.LENGTH);
      far.setReceiveOffloads(0);
      namespace.ip("link", "add", "bridge", "type", "bridge", "mcast_snooping", "0");
      namespace.ip("link", "set", "bridge", "mtu", String.valueOf(MTU), "up");
      for (String port : List.of("near", "far")) {
        namespace.ip("link", "set", port, "mtu", String.valueOf(MTU), "master", "bridge", "up");
      }
      return new KernelSegmenter(namespace, near, far);
    } catch (Exception failed) {
      if (near != null) {
        near.close();
      }
      if (far != null) {
        far.close();
      }
      namespace.close();
      throw failed;
    }
  }

  /** Whether this kernel segments UDP for a TAP. */
  boolean segmentsUdp() throws LinuxException {
    try {
      near.setReceiveOffloads(Tun.OFFLOAD_CHECKSUM | Tun.OFFLOAD_USO4 | Tun.OFFLOAD_USO6);
      near.setReceiveOffloads(0);
      return true;
    } catch (LinuxException e) {
      return false;
    }
  }

  /** Writes a frame whose transport checksum the kernel has to complete. */
  void writeUnfinished(IpFrame frame) {
    VirtioNetHeader.clear(memory, 0);
    VirtioNetHeader.setChecksum(memory, 0, frame.transport(), frame.checksumOffset());
    write(frame.unfinished());
  }

  /** Writes a frame that the kernel has to cut. */
  void writeToSegment(IpFrame frame, int size) {
    VirtioNetHeader.clear(memory, 0);
    VirtioNetHeader.setChecksum(memory, 0, frame.transport(), frame.checksumOffset());
    int type = VirtioNetHeader.GSO_UDP;
    if (frame.protocol == IpFrame.TCP) {
      type = frame.ipv6 ? VirtioNetHeader.GSO_TCP6 : VirtioNetHeader.GSO_TCP4;
      type |= (frame.flags & IpFrame.CWR) != 0 ? VirtioNetHeader.GSO_ECN : 0;
    }
    VirtioNetHeader.setSegmentation(memory, 0, type, frame.headers(), size);
    write(frame.unfinished());
  }

  private void write(byte[] frame) {
    MemorySegment.copy(
        frame, 0, memory, ValueLayout.JAVA_BYTE, VirtioNetHeader.LENGTH, frame.length);
    long length = VirtioNetHeader.LENGTH + frame.length;
    long written = io.write(near.descriptor().value(), memory.address(), length);
    if (written != length) {
      throw new AssertionError("the write of a frame answered " + written);
    }
  }

  /** Reads frames that came out of the other interface. */
  List<byte[]> read(int count) throws Exception {
    List<byte[]> frames = new ArrayList<>();
    int fd = far.descriptor().value();
    try (Epoll epoll = Epoll.open(1)) {
      epoll.add(fd, Epoll.IN, 1);
      while (frames.size() < count) {
        if (epoll.await(TimeUnit.SECONDS.toNanos(10)) == 0) {
          throw new AssertionError("after " + frames.size() + " frames nothing came for 10 s");
        }
        long length = io.read(fd, memory.address(), memory.byteSize());
        if (length < VirtioNetHeader.LENGTH
            || VirtioNetHeader.segmentation(memory, 0) != VirtioNetHeader.GSO_NONE
            || (VirtioNetHeader.flags(memory, 0) & VirtioNetHeader.NEEDS_CHECKSUM) != 0) {
          throw new AssertionError("the read answered " + length + " or an unfinished frame");
        }
        long offset = VirtioNetHeader.LENGTH;
        byte[] frame = memory.asSlice(offset, length - offset).toArray(ValueLayout.JAVA_BYTE);
        // Only tests send from this address; the rest is the kernel's own.
        if (frame[6] == 2 && frame[7] == 0 && frame[11] == 7) {
          frames.add(frame);
        }
      }
    }
    return frames;
  }

  @Override
  public void close() throws Exception {
    near.close();
    far.close();
    namespace.close();
  }
}
