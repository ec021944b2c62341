package org.patchbay.linux;

import java.lang.foreign.MemorySegment;

/**
 * A TAP interface behind {@code /dev/net/tun}: Ethernet frames, each behind a {@link
 * VirtioNetHeader}, one per read and write. Non-blocking.
 *
 * <p>Control calls may be made by any thread. Frames are moved with {@link RawIo} or {@link
 * IoUring} on {@link #descriptor()}, which this object owns; the interface lives as long as the
 * descriptor unless it is persistent.
 */
public final class Tun implements AutoCloseable {
  /** The device node. */
  public static final String DEVICE = "/dev/net/tun";

  /** Longest name of an interface, in bytes. */
  public static final int MAX_NAME_LENGTH = Uapi.IFNAMSIZ - 1;

  /** Receive offload: the reader takes frames whose checksum is not filled in yet. */
  public static final int OFFLOAD_CHECKSUM = Uapi.TUN_F_CSUM;

  /** Receive offload: the reader takes unsegmented TCP over IPv4; needs the checksum one. */
  public static final int OFFLOAD_TSO4 = Uapi.TUN_F_TSO4;

  /** Receive offload: the reader takes unsegmented TCP over IPv6; needs the checksum one. */
  public static final int OFFLOAD_TSO6 = Uapi.TUN_F_TSO6;

  /** Receive offload: unsegmented UDP over IPv4, from Linux 6.2 on; only with the one for IPv6. */
  public static final int OFFLOAD_USO4 = Uapi.TUN_F_USO4;

  /** Receive offload: unsegmented UDP over IPv6, from Linux 6.2 on; only with the one for IPv4. */
  public static final int OFFLOAD_USO6 = Uapi.TUN_F_USO6;

  /**
   * What a descriptor of an interface is.
   *
   * @param name the interface's name
   * @param tap whether it carries Ethernet frames (else IP packets)
   * @param header whether each frame has a virtio-net header
   * @param packetInformation whether each frame has the older 4-byte header, too
   * @param multiQueue whether several descriptors may be attached
   * @param persistent whether the interface outlives its descriptors
   */
  public record Description(
      String name,
      boolean tap,
      boolean header,
      boolean packetInformation,
      boolean multiQueue,
      boolean persistent) {}

  private final Descriptor descriptor;

  private Tun(Descriptor descriptor) {
    this.descriptor = descriptor;
  }

  /**
   * Attaches to the TAP interface {@code name} in the calling thread's network namespace, creating
   * it if there is none: one queue, virtio-net header on, no packet information.
   *
   * <p>Failures of {@code ioctl(TUNSETIFF)}: {@link Errno#EPERM} without {@code CAP_NET_ADMIN},
   * {@link Errno#EBUSY} while another descriptor is attached, {@link Errno#EINVAL} if the interface
   * exists with other flags or is no TAP.
   *
   * @param name 1 to 15 bytes; a {@code %d} in it is replaced by the kernel with a free number
   */
  public static Tun attach(String name) throws LinuxException {
    return attach(name, 0);
  }

  /**
   * As {@link #attach}, with one more queue of an interface that may have several, each with a
   * descriptor of its own. {@link Errno#E2BIG} if it has as many as the kernel allows.
   */
  public static Tun attachQueue(String name) throws LinuxException {
    return attach(name, Uapi.IFF_MULTI_QUEUE);
  }

  private static Tun attach(String name, int flags) throws LinuxException {
    Descriptor descriptor = Descriptor.open(DEVICE, true, false);
    try (CallFrame frame = new CallFrame()) {
      InterfaceRequest request = new InterfaceRequest(frame, name);
      request.flags(Uapi.IFF_TAP | Uapi.IFF_NO_PI | Uapi.IFF_VNET_HDR | flags);
      descriptor.ioctl("TUNSETIFF", Uapi.TUNSETIFF, frame, request.segment);
      return new Tun(descriptor);
    } catch (LinuxException | RuntimeException failed) {
      descriptor.close();
      throw failed;
    }
  }

  /**
   * Takes a descriptor that is attached already. What it is, {@link #describe()} tells.
   *
   * @param descriptor owned by this object from now on
   */
  public static Tun of(Descriptor descriptor) {
    return new Tun(descriptor);
  }

  /** The descriptor that frames are read from and written to. */
  public Descriptor descriptor() {
    return descriptor;
  }

  /**
   * Asks the kernel what this descriptor is.
   *
   * @throws LinuxException {@link Errno#ENOTTY} or {@link Errno#EINVAL} if it is no descriptor of
   *     {@code /dev/net/tun}, {@link Errno#EBADFD} if no interface is attached
   */
  public Description describe() throws LinuxException {
    try (CallFrame frame = new CallFrame()) {
      InterfaceRequest request = new InterfaceRequest(frame, "");
      descriptor.ioctl("TUNGETIFF", Uapi.TUNGETIFF, frame, request.segment);
      int flags = request.flags();
      return new Description(
          request.name(),
          (flags & Uapi.IFF_TAP) != 0,
          (flags & Uapi.IFF_VNET_HDR) != 0,
          (flags & Uapi.IFF_NO_PI) == 0,
          (flags & Uapi.IFF_MULTI_QUEUE) != 0,
          (flags & Uapi.IFF_PERSIST) != 0);
    }
  }

  /**
   * Whether this queue of an interface with several takes part in its traffic. The kernel gives
   * frames to queues that do; one that does no more loses those that wait in it. Takes the kernel
   * milliseconds.
   *
   * @throws LinuxException {@link Errno#EINVAL} if it is so already, or the interface has one queue
   */
  public void setAttached(boolean attached) throws LinuxException {
    try (CallFrame frame = new CallFrame()) {
      InterfaceRequest request = new InterfaceRequest(frame, "");
      request.flags(attached ? Uapi.IFF_ATTACH_QUEUE : Uapi.IFF_DETACH_QUEUE);
      descriptor.ioctl("TUNSETQUEUE", Uapi.TUNSETQUEUE, frame, request.segment);
    }
  }

  /** Length in bytes of the virtio-net header before each frame. */
  public int headerLength() throws LinuxException {
    return getNumber("TUNGETVNETHDRSZ", Uapi.TUNGETVNETHDRSZ);
  }

  /** Sets the length in bytes of the virtio-net header before each frame, at least 10. */
  public void setHeaderLength(int length) throws LinuxException {
    setNumber("TUNSETVNETHDRSZ", Uapi.TUNSETVNETHDRSZ, length);
  }

  /**
   * Sets which unfinished frames the reader takes; with 0 the kernel fills in checksums and
   * segments before a frame is read.
   *
   * @param offloads bits of the {@code OFFLOAD_} constants; {@link Errno#EINVAL} if the kernel does
   *     not know one
   */
  public void setReceiveOffloads(int offloads) throws LinuxException {
    try (CallFrame frame = new CallFrame()) {
      descriptor.ioctl("TUNSETOFFLOAD", Uapi.TUNSETOFFLOAD, frame, offloads);
    }
  }

  /**
   * How many bytes may wait between a write and their delivery before writes answer {@link
   * Errno#EAGAIN}; {@link Integer#MAX_VALUE} unless it was set.
   */
  public int sendBuffer() throws LinuxException {
    return getNumber("TUNGETSNDBUF", Uapi.TUNGETSNDBUF);
  }

  /** Sets what {@link #sendBuffer()} answers, at least 1. */
  public void setSendBuffer(int bytes) throws LinuxException {
    setNumber("TUNSETSNDBUF", Uapi.TUNSETSNDBUF, bytes);
  }

  /** Lets the interface outlive its descriptors, or not. */
  public void setPersistent(boolean persistent) throws LinuxException {
    try (CallFrame frame = new CallFrame()) {
      descriptor.ioctl("TUNSETPERSIST", Uapi.TUNSETPERSIST, frame, persistent ? 1 : 0);
    }
  }

  /**
   * Opens the network namespace that the interface is in, wherever the descriptor came from. Needs
   * {@code CAP_NET_ADMIN} there.
   */
  public Descriptor openNamespace() throws LinuxException {
    try (CallFrame frame = new CallFrame()) {
      return Descriptor.owning(descriptor.ioctl("TUNGETDEVNETNS", Uapi.TUNGETDEVNETNS, frame, 0));
    }
  }

  private int getNumber(String name, long request) throws LinuxException {
    try (CallFrame frame = new CallFrame()) {
      MemorySegment number = frame.allocate(Native.INT);
      descriptor.ioctl(name, request, frame, number);
      return number.get(Native.INT, 0);
    }
  }

  private void setNumber(String name, long request, int value) throws LinuxException {
    try (CallFrame frame = new CallFrame()) {
      MemorySegment number = frame.allocate(Native.INT);
      number.set(Native.INT, 0, value);
      descriptor.ioctl(name, request, frame, number);
    }
  }

  @Override
  public void close() {
    descriptor.close();
  }
}
