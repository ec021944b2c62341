package org.patchbay.linux;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * The argument of sendmsg and recvmsg with one piece of data and room for passed descriptors.
 *
 * <pre>{@code
 * struct msghdr {                       struct cmsghdr {
 *   void         *msg_name;               size_t cmsg_len;    // of this header and its data
 *   socklen_t     msg_namelen;            int    cmsg_level;
 *   struct iovec *msg_iov;                int    cmsg_type;
 *   size_t        msg_iovlen;             // data follows: descriptors, 4 bytes each
 *   void         *msg_control;          };
 *   size_t        msg_controllen;
 *   int           msg_flags;
 * };
 * }</pre>
 */
final class MessageHeader {
  static final StructLayout MSGHDR =
      Native.struct(
          "struct msghdr",
          Native.LONG.withName("msg_name"),
          Native.INT.withName("msg_namelen"),
          MemoryLayout.paddingLayout(4),
          Native.LONG.withName("msg_iov"),
          Native.LONG.withName("msg_iovlen"),
          Native.LONG.withName("msg_control"),
          Native.LONG.withName("msg_controllen"),
          Native.INT.withName("msg_flags"),
          MemoryLayout.paddingLayout(4));

  static final StructLayout CMSGHDR =
      Native.struct(
          "struct cmsghdr",
          Native.LONG.withName("cmsg_len"),
          Native.INT.withName("cmsg_level"),
          Native.INT.withName("cmsg_type"));

  private static final long CONTROL_HEADER = CMSGHDR.byteSize();
  private static final long CONTROL = Native.offset(MSGHDR, "msg_control");
  private static final long CONTROL_LENGTH = Native.offset(MSGHDR, "msg_controllen");
  private static final long FLAGS = Native.offset(MSGHDR, "msg_flags");
  private static final long LEVEL = Native.offset(CMSGHDR, "cmsg_level");
  private static final long TYPE = Native.offset(CMSGHDR, "cmsg_type");

  private final MemorySegment header;
  private final MemorySegment control;

  /** A message of {@code data} with room for {@code descriptors} descriptors. */
  MessageHeader(CallFrame frame, MemorySegment data, int descriptors) {
    header = frame.allocate(MSGHDR);
    MemorySegment vector = frame.allocate(IoVector.IOVEC);
    vector.set(Native.LONG, Native.offset(IoVector.IOVEC, "iov_base"), data.address());
    vector.set(Native.LONG, Native.offset(IoVector.IOVEC, "iov_len"), data.byteSize());
    header.set(Native.LONG, Native.offset(MSGHDR, "msg_iov"), vector.address());
    header.set(Native.LONG, Native.offset(MSGHDR, "msg_iovlen"), 1);
    control = frame.allocate(align(CONTROL_HEADER + 4L * descriptors));
    if (descriptors > 0) {
      header.set(Native.LONG, CONTROL, control.address());
      header.set(Native.LONG, CONTROL_LENGTH, control.byteSize());
    }
  }

  /** Control data is padded to the size of a {@code size_t} (CMSG_ALIGN). */
  static long align(long length) {
    return (length + Long.BYTES - 1) & -Long.BYTES;
  }

  /** Puts descriptors to pass into the message; as many as it has room for. */
  void pass(int... descriptors) {
    control.set(Native.LONG, 0, CONTROL_HEADER + 4L * descriptors.length);
    control.set(Native.INT, LEVEL, Uapi.SOL_SOCKET);
    control.set(Native.INT, TYPE, Uapi.SCM_RIGHTS);
    for (int i = 0; i < descriptors.length; i++) {
      control.set(Native.INT, CONTROL_HEADER + 4L * i, descriptors[i]);
    }
  }

  /** The descriptors that a received message brought; the caller owns them. */
  List<Descriptor> passed() {
    List<Descriptor> descriptors = new ArrayList<>();
    long end = header.get(Native.LONG, CONTROL_LENGTH);
    for (long at = 0; at + CONTROL_HEADER <= end; ) {
      long length = control.get(Native.LONG, at);
      if (length < CONTROL_HEADER || at + length > end) {
        break;
      }
      if (control.get(Native.INT, at + LEVEL) == Uapi.SOL_SOCKET
          && control.get(Native.INT, at + TYPE) == Uapi.SCM_RIGHTS) {
        for (long fd = at + CONTROL_HEADER; fd + 4 <= at + length; fd += 4) {
          descriptors.add(Descriptor.owning(control.get(Native.INT, fd)));
        }
      }
      at += align(length);
    }
    return descriptors;
  }

  /** Whether descriptors of a received message were lost for want of room. */
  boolean truncated() {
    return (header.get(Native.INT, FLAGS) & Uapi.MSG_CTRUNC) != 0;
  }

  long address() {
    return header.address();
  }
}
