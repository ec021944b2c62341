package org.patchbay.linux;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Takes a capability from one thread, to see what happens without it. */
public final class Capabilities {
  /** {@code CAP_NET_ADMIN}. */
  public static final int NET_ADMIN = 12;

  /** {@code CAP_SYS_ADMIN}. */
  public static final int SYS_ADMIN = 21;

  private static final int VERSION_3 = 0x20080522;

  private static final MethodHandle CAPGET =
      Native.function("capget", Native.INT, Native.LONG, Native.LONG);
  private static final MethodHandle CAPSET =
      Native.function("capset", Native.INT, Native.LONG, Native.LONG);

  private Capabilities() {}

  /** Takes a capability below 32 from the calling thread for good: use a thread of its own. */
  public static void dropFromThisThread(int capability) throws Throwable {
    try (CallFrame frame = new CallFrame()) {
      MemorySegment header = frame.allocate(8);
      header.set(Native.INT, 0, VERSION_3);
      // Two of { effective, permitted, inheritable }, for capabilities from 0 and from 32 on.
      MemorySegment data = frame.allocate(MemoryLayout.sequenceLayout(6, Native.INT));
      int got = (int) CAPGET.invokeExact(frame.state, header.address(), data.address());
      LinuxException.check("capget", Native.result(got, frame.state));
      data.set(Native.INT, 0, data.get(Native.INT, 0) & ~(1 << capability));
      int set = (int) CAPSET.invokeExact(frame.state, header.address(), data.address());
      LinuxException.check("capset", Native.result(set, frame.state));
    }
  }
}
