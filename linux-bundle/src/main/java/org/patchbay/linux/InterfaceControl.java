package org.patchbay.linux;

/**
 * Reads and changes network interfaces of the namespace in which it was opened.
 *
 * <p>It stays with that namespace whichever thread uses it later: open it inside {@link
 * NetworkNamespace#call} to work on another one. Changes need {@code CAP_NET_ADMIN} there; an
 * interface that does not exist gives {@link Errno#ENODEV}. Any thread.
 */
public final class InterfaceControl implements AutoCloseable {
  private final Descriptor socket;

  private InterfaceControl(Descriptor socket) {
    this.socket = socket;
  }

  /** Opens a control socket in the calling thread's network namespace. */
  public static InterfaceControl open() throws LinuxException {
    try (CallFrame frame = new CallFrame()) {
      int fd = SocketCalls.socket(frame.state, Uapi.AF_INET, Uapi.SOCK_DGRAM | Uapi.SOCK_CLOEXEC);
      return new InterfaceControl(
          Descriptor.owning(LinuxException.check("socket(AF_INET, SOCK_DGRAM)", fd)));
    }
  }

  /** The interface's index, 1 or more. */
  public int index(String name) throws LinuxException {
    try (CallFrame frame = new CallFrame()) {
      InterfaceRequest request = new InterfaceRequest(frame, name);
      socket.ioctl("SIOCGIFINDEX", Uapi.SIOCGIFINDEX, frame, request.segment);
      return request.number();
    }
  }

  /** Whether the interface is administratively up. */
  public boolean isUp(String name) throws LinuxException {
    try (CallFrame frame = new CallFrame()) {
      InterfaceRequest request = new InterfaceRequest(frame, name);
      socket.ioctl("SIOCGIFFLAGS", Uapi.SIOCGIFFLAGS, frame, request.segment);
      return (request.flags() & Uapi.IFF_UP) != 0;
    }
  }

  /** Brings the interface up, or takes it down. */
  public void setUp(String name, boolean up) throws LinuxException {
    try (CallFrame frame = new CallFrame()) {
      InterfaceRequest request = new InterfaceRequest(frame, name);
      socket.ioctl("SIOCGIFFLAGS", Uapi.SIOCGIFFLAGS, frame, request.segment);
      int flags = request.flags();
      request.flags(up ? flags | Uapi.IFF_UP : flags & ~Uapi.IFF_UP);
      socket.ioctl("SIOCSIFFLAGS", Uapi.SIOCSIFFLAGS, frame, request.segment);
    }
  }

  /** The interface's MTU: bytes of a frame without its Ethernet header. */
  public int mtu(String name) throws LinuxException {
    try (CallFrame frame = new CallFrame()) {
      InterfaceRequest request = new InterfaceRequest(frame, name);
      socket.ioctl("SIOCGIFMTU", Uapi.SIOCGIFMTU, frame, request.segment);
      return request.number();
    }
  }

  /** Sets the interface's MTU in bytes; one that its driver refuses gives {@link Errno#EINVAL}. */
  public void setMtu(String name, int mtu) throws LinuxException {
    try (CallFrame frame = new CallFrame()) {
      InterfaceRequest request = new InterfaceRequest(frame, name);
      request.number(mtu);
      socket.ioctl("SIOCSIFMTU", Uapi.SIOCSIFMTU, frame, request.segment);
    }
  }

  /** The interface's MAC address, 6 bytes. */
  public byte[] macAddress(String name) throws LinuxException {
    try (CallFrame frame = new CallFrame()) {
      InterfaceRequest request = new InterfaceRequest(frame, name);
      socket.ioctl("SIOCGIFHWADDR", Uapi.SIOCGIFHWADDR, frame, request.segment);
      return request.hardwareAddress();
    }
  }

  /** Sets the interface's MAC address, 6 bytes. */
  public void setMacAddress(String name, byte[] address) throws LinuxException {
    try (CallFrame frame = new CallFrame()) {
      InterfaceRequest request = new InterfaceRequest(frame, name);
      request.hardwareAddress(address);
      socket.ioctl("SIOCSIFHWADDR", Uapi.SIOCSIFHWADDR, frame, request.segment);
    }
  }

  @Override
  public void close() {
    socket.close();
  }
}
