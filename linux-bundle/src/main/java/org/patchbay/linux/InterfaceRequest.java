package org.patchbay.linux;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.nio.charset.StandardCharsets;

/**
 * The argument of an interface ioctl. The union's members that are used here all begin at 16:
 *
 * <pre>{@code
 * struct ifreq {
 *   char ifr_name[IFNAMSIZ];
 *   union {
 *     short           ifr_flags;
 *     int             ifr_ifindex;
 *     int             ifr_mtu;
 *     struct sockaddr ifr_hwaddr;   // unsigned short sa_family; char sa_data[14];
 *     ...                           // 24 bytes in all
 *   };
 * };
 * }</pre>
 */
final class InterfaceRequest {
  static final StructLayout IFREQ =
      Native.struct(
          "struct ifreq",
          MemoryLayout.sequenceLayout(Uapi.IFNAMSIZ, Native.BYTE).withName("ifr_name"),
          MemoryLayout.unionLayout(
                  Native.SHORT.withName("ifr_flags"),
                  Native.INT.withName("ifr_ifindex"),
                  Native.INT.withName("ifr_mtu"),
                  Native.struct(
                          "struct sockaddr",
                          Native.SHORT.withName("sa_family"),
                          MemoryLayout.sequenceLayout(14, Native.BYTE).withName("sa_data"))
                      .withName("ifr_hwaddr"),
                  MemoryLayout.sequenceLayout(3, Native.LONG).withName("ifr_map"))
              .withName("ifr_ifru"));

  /** Where every member of the union begins. */
  private static final long VALUE = Native.offset(IFREQ, "ifr_ifru");

  private static final long HARDWARE_ADDRESS = VALUE + Native.SHORT.byteSize();
  private static final int MAC_LENGTH = 6;

  final MemorySegment segment;

  /** A request for the interface {@code name}; an empty name lets the kernel choose one. */
  InterfaceRequest(CallFrame frame, String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    if (bytes.length >= Uapi.IFNAMSIZ) {
      throw new IllegalArgumentException(
          "The interface name " + name + " has " + bytes.length + " bytes; 15 is the most.");
    }
    segment = frame.allocate(IFREQ);
    MemorySegment.copy(bytes, 0, segment, Native.BYTE, 0, bytes.length);
  }

  String name() {
    return segment.getString(0, StandardCharsets.UTF_8);
  }

  int flags() {
    return Short.toUnsignedInt(segment.get(Native.SHORT, VALUE));
  }

  void flags(int flags) {
    segment.set(Native.SHORT, VALUE, (short) flags);
  }

  /** The interface's index or MTU, which one depends on the request. */
  int number() {
    return segment.get(Native.INT, VALUE);
  }

  void number(int number) {
    segment.set(Native.INT, VALUE, number);
  }

  byte[] hardwareAddress() {
    byte[] address = new byte[MAC_LENGTH];
    MemorySegment.copy(segment, Native.BYTE, HARDWARE_ADDRESS, address, 0, MAC_LENGTH);
    return address;
  }

  void hardwareAddress(byte[] address) {
    if (address.length != MAC_LENGTH) {
      throw new IllegalArgumentException("A MAC address has 6 bytes, not " + address.length + ".");
    }
    segment.set(Native.SHORT, VALUE, (short) Uapi.ARPHRD_ETHER);
    MemorySegment.copy(address, 0, segment, Native.BYTE, HARDWARE_ADDRESS, MAC_LENGTH);
  }
}
