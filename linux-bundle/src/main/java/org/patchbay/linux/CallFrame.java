package org.patchbay.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;

/** Memory for one control-path call: where errno goes, and the call's arguments. */
final class CallFrame implements AutoCloseable {
  private final Arena arena = Arena.ofConfined();

  /** The capture segment that every handle takes first. */
  final MemorySegment state = arena.allocate(Native.CAPTURE);

  /** Zeroed memory for a structure; its address is valid until this frame is closed. */
  MemorySegment allocate(MemoryLayout layout) {
    return arena.allocate(layout);
  }

  /** Zeroed memory of {@code size} bytes, aligned for any C type. */
  MemorySegment allocate(long size) {
    return arena.allocate(Math.max(size, 1), 16);
  }

  /** A zero-terminated UTF-8 string. */
  MemorySegment string(String text) {
    return arena.allocateFrom(text);
  }

  @Override
  public void close() {
    arena.close();
  }
}
