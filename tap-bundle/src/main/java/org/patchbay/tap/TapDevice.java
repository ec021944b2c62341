package org.patchbay.tap;

import org.jspecify.annotations.Nullable;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.linux.Descriptor;
import org.patchbay.linux.Errno;
import org.patchbay.linux.InterfaceControl;
import org.patchbay.linux.IoUring;
import org.patchbay.linux.LinuxException;
import org.patchbay.linux.Mapping;
import org.patchbay.linux.NetworkNamespace;
import org.patchbay.linux.RawIo;
import org.patchbay.linux.Tun;
import org.patchbay.linux.VirtioNetHeader;

/**
 * One queue of an open TAP with what the packet path needs of the kernel: descriptor, memory for
 * frames, and a ring where io_uring is to be had. Owns and closes all of it.
 *
 * <p>Opened once and held while the endpoint exists, because closing a TAP takes the kernel
 * milliseconds. {@link #ring()} and the memory belong to the thread that drives the queue.
 */
final class TapDevice implements AutoCloseable {
  /** The index of the TAP among the ring's files. */
  static final int RING_FILE = 0;

  private final Tun tun;
  private final String interfaceName;
  private final boolean segmentsUdp;
  private final FrameMemory memory;
  private final RawIo io = new RawIo();

  /** Written by the queue's thread; read by any for inspection. */
  private volatile @Nullable IoUring ring;

  private TapDevice(
      Tun tun,
      String interfaceName,
      boolean segmentsUdp,
      FrameMemory memory,
      @Nullable IoUring ring) {
    this.tun = tun;
    this.interfaceName = interfaceName;
    this.segmentsUdp = segmentsUdp;
    this.memory = memory;
    this.ring = ring;
  }

  /**
   * Opens the interface as the settings say: by name, created if there is none, or through a passed
   * descriptor, of which a duplicate is used.
   *
   * @throws EndpointException with the cause by type; nothing is left open
   */
  static TapDevice open(TapSettings settings) throws EndpointException {
    Tun tun = settings.descriptor() >= 0 ? passed(settings.descriptor()) : attach(settings);
    try {
      TapDevice device = prepare(tun, settings);
      try {
        setUp(tun, device.interfaceName, settings);
        return device;
      } catch (EndpointException | RuntimeException failed) {
        device.close();
        throw failed;
      }
    } catch (EndpointException | RuntimeException failed) {
      tun.close();
      throw failed;
    }
  }

  /**
   * Opens another queue of the interface, which takes no part in its traffic yet.
   *
   * @throws EndpointException with the cause by type; nothing is left open
   */
  static TapDevice openAnother(TapSettings settings) throws EndpointException {
    Tun tun = attach(settings);
    try {
      tun.setAttached(false);
      return prepare(tun, settings);
    } catch (LinuxException failed) {
      tun.close();
      throw TapFailure.other("a queue of " + settings.interfaceName() + " can't be opened", failed);
    } catch (EndpointException | RuntimeException failed) {
      tun.close();
      throw failed;
    }
  }

  /** Has the queue take part in the interface's traffic, or not. Takes milliseconds. */
  void setAttached(boolean attached) throws EndpointException {
    try {
      tun.setAttached(attached);
    } catch (LinuxException failed) {
      throw TapFailure.other("a queue of " + interfaceName + " can't be switched", failed);
    }
  }

  private static Tun attach(TapSettings settings) throws EndpointException {
    try {
      return inNamespace(settings.namespace(), () -> attachHere(settings));
    } catch (LinuxException failed) {
      throw TapFailure.attaching(settings, failed);
    }
  }

  private static Tun attachHere(TapSettings settings) throws LinuxException {
    String name = settings.interfaceName();
    return settings.queues() > 1 ? Tun.attachQueue(name) : Tun.attach(name);
  }

  private static Tun passed(int number) throws EndpointException {
    try (Descriptor duplicate = Descriptor.duplicate(number)) {
      Tun tun = Tun.of(duplicate);
      Tun.Description description = tun.describe();
      String wrong =
          !description.tap()
              ? "of a TUN interface, which carries no Ethernet frames"
              : !description.header()
                  ? "opened without IFF_VNET_HDR"
                  : description.packetInformation() ? "opened without IFF_NO_PI" : null;
      if (wrong != null) {
        throw new EndpointException(
            description.tap() ? EndpointError.WRONG_FLAGS : EndpointError.WRONG_DESCRIPTOR,
            "fd is '"
                + number
                + "', "
                + wrong
                + "; allowed is one of a TAP with IFF_VNET_HDR and"
                + " IFF_NO_PI");
      }
      duplicate.setBlocking(false);
      return Tun.of(Descriptor.owning(duplicate.release()));
    } catch (LinuxException failed) {
      throw TapFailure.passed(number, failed);
    }
  }

  private static TapDevice prepare(Tun tun, TapSettings settings) throws EndpointException {
    String name = settings.interfaceName();
    try {
      name = tun.describe().name();
      tun.setHeaderLength(VirtioNetHeader.LENGTH);
      int length = tun.headerLength();
      if (length != VirtioNetHeader.LENGTH) {
        throw new EndpointException(
            EndpointError.WRONG_FLAGS,
            "the header of " + name + " has " + length + " bytes; allowed are 12");
      }
      boolean segmentsUdp = segmentsUdp(tun);
      tun.setReceiveOffloads(0);
      return complete(tun, name, segmentsUdp);
    } catch (LinuxException failed) {
      throw TapFailure.other("the interface " + name + " can't be prepared", failed);
    }
  }

  /** Whether the kernel segments UDP for a TAP (Linux 6.2); it tells by the receive offload. */
  private static boolean segmentsUdp(Tun tun) throws LinuxException {
    try {
      tun.setReceiveOffloads(Tun.OFFLOAD_CHECKSUM | Tun.OFFLOAD_USO4 | Tun.OFFLOAD_USO6);
      return true;
    } catch (LinuxException unknown) {
      if (unknown.errno() == Errno.EINVAL) {
        return false;
      }
      throw unknown;
    }
  }

  private static void setUp(Tun tun, String name, TapSettings settings) throws EndpointException {
    if (settings.mtu() == 0 && !settings.up()) {
      return;
    }
    try (InterfaceControl control = control(tun, settings)) {
      if (settings.mtu() != 0) {
        control.setMtu(name, settings.mtu());
      }
      if (settings.up()) {
        control.setUp(name, true);
      }
    } catch (LinuxException failed) {
      throw TapFailure.settingUp(name, settings, failed);
    }
  }

  private static InterfaceControl control(Tun tun, TapSettings settings)
      throws LinuxException, EndpointException {
    if (settings.descriptor() < 0) {
      return inNamespace(settings.namespace(), InterfaceControl::open);
    }
    try (Descriptor namespace = tun.openNamespace()) {
      return run(() -> NetworkNamespace.call(namespace, InterfaceControl::open));
    }
  }

  private static TapDevice complete(Tun tun, String name, boolean segmentsUdp)
      throws LinuxException {
    FrameMemory memory = new FrameMemory(Mapping.anonymous(FrameMemory.SIZE));
    try {
      return new TapDevice(tun, name, segmentsUdp, memory, openRing(tun, memory));
    } catch (LinuxException | RuntimeException failed) {
      memory.close();
      throw failed;
    }
  }

  /**
   * A ring for batches, or null where io_uring is not to be had, where memory can't be locked for
   * it, or where writes may meet a full send buffer: those after the first refused one would
   * overtake it.
   */
  private static @Nullable IoUring openRing(Tun tun, FrameMemory memory) throws LinuxException {
    if (tun.sendBuffer() != Integer.MAX_VALUE) {
      return null;
    }
    IoUring ring;
    try {
      ring = IoUring.open(FrameMemory.WRITE_SLOTS);
    } catch (LinuxException notHere) {
      return null;
    }
    try {
      ring.registerBuffer(memory.segment());
      ring.registerFiles(tun.descriptor());
      return ring;
    } catch (LinuxException notAllowed) {
      ring.close();
      return null;
    }
  }

  @FunctionalInterface
  private interface LinuxCall<T> {
    T call() throws Exception;
  }

  private static <T> T inNamespace(String namespace, LinuxCall<T> body)
      throws LinuxException, EndpointException {
    return run(
        () -> namespace.isEmpty() ? body.call() : NetworkNamespace.call(namespace, body::call));
  }

  private static <T> T run(LinuxCall<T> body) throws LinuxException, EndpointException {
    try {
      return body.call();
    } catch (LinuxException | RuntimeException passedOn) {
      throw passedOn;
    } catch (Exception unexpected) {
      throw new EndpointException(
          EndpointError.BACKEND_FAILED, "opening the interface threw " + unexpected, unexpected);
    }
  }

  /** The interface's name when it was opened; somebody may have renamed it since. */
  String interfaceName() {
    return interfaceName;
  }

  /** Whether the kernel takes UDP frames to segment. */
  boolean segmentsUdp() {
    return segmentsUdp;
  }

  /** The descriptor to read, write and watch. */
  int descriptor() {
    return tun.descriptor().value();
  }

  RawIo io() {
    return io;
  }

  FrameMemory memory() {
    return memory;
  }

  /** The ring for batches, or null if there is none. */
  @Nullable IoUring ring() {
    return ring;
  }

  /** Gives the ring up after it failed; frames are read and written one by one from now on. */
  void dropRing() {
    IoUring failed = ring;
    ring = null;
    if (failed != null) {
      failed.close();
    }
  }

  /** Closes everything; takes the kernel milliseconds. Twice is harmless. */
  @Override
  public void close() {
    dropRing();
    tun.close();
    memory.close();
  }
}
