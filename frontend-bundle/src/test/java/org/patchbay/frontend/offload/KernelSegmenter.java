package org.patchbay.frontend.offload;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.patchbay.linux.LinuxException;
import org.patchbay.linux.TestNamespace;
import org.patchbay.linux.TestTap;
import org.patchbay.linux.Tun;
import org.patchbay.linux.VirtioNetHeader;

/**
 * The kernel's own segmentation: a TAP into which unfinished frames are written, a bridge, and a
 * TAP that takes only finished ones, in a namespace of their own.
 */
final class KernelSegmenter implements AutoCloseable {

  private static final String MTU = "9000";

  private final TestNamespace namespace;
  private final TestTap near;
  private final TestTap far;

  private KernelSegmenter(TestNamespace namespace, TestTap near, TestTap far) {
    this.namespace = namespace;
    this.near = near;
    this.far = far;
  }

  static KernelSegmenter open() throws Exception {
    TestNamespace namespace = TestNamespace.create();
    TestTap near = null;
    TestTap far = null;
    try {
      near = TestTap.attach(namespace, "near");
      far = TestTap.attach(namespace, "far");
      namespace.ip("link", "add", "bridge", "type", "bridge", "mcast_snooping", "0");
      namespace.ip("link", "set", "bridge", "mtu", MTU, "up");
      for (String port : List.of("near", "far")) {
        namespace.ip("link", "set", port, "mtu", MTU, "master", "bridge", "up");
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
      near.tun().setReceiveOffloads(Tun.OFFLOAD_CHECKSUM | Tun.OFFLOAD_USO4 | Tun.OFFLOAD_USO6);
      near.tun().setReceiveOffloads(0);
      return true;
    } catch (LinuxException e) {
      return false;
    }
  }

  /** Writes a frame whose transport checksum the kernel has to complete. */
  void writeUnfinished(IpFrame frame) {
    VirtioNetHeader.setChecksum(near.header(), 0, frame.transport(), frame.checksumOffset());
    near.write(frame.unfinished());
  }

  /** Writes a frame that the kernel has to cut. */
  void writeToSegment(IpFrame frame, int size) {
    int type = VirtioNetHeader.GSO_UDP;
    if (frame.protocol == IpFrame.TCP) {
      type = frame.ipv6 ? VirtioNetHeader.GSO_TCP6 : VirtioNetHeader.GSO_TCP4;
      type |= (frame.flags & IpFrame.CWR) != 0 ? VirtioNetHeader.GSO_ECN : 0;
    }
    MemorySegment header = near.header();
    VirtioNetHeader.setChecksum(header, 0, frame.transport(), frame.checksumOffset());
    VirtioNetHeader.setSegmentation(header, 0, type, frame.headers(), size);
    near.write(frame.unfinished());
  }

  /** Reads frames that came out of the other interface. */
  List<byte[]> read(int count) throws Exception {
    return far.read(count);
  }

  @Override
  public void close() throws Exception {
    near.close();
    far.close();
    namespace.close();
  }
}
