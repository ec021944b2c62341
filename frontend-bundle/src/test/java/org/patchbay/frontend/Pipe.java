package org.patchbay.frontend;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** A pipe whose reading end blocks natively, as a backend's descriptor may. Any thread. */
final class Pipe implements AutoCloseable {

  private static final Linker LINKER = Linker.nativeLinker();
  private static final MethodHandle PIPE =
      function("pipe", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
  private static final MethodHandle CLOSE =
      function("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
  private static final FunctionDescriptor TRANSFER =
      FunctionDescriptor.of(
          ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG);
  private static final MethodHandle READ = function("read", TRANSFER);
  private static final MethodHandle WRITE = function("write", TRANSFER);

  private final int reading;
  private final int writing;

  Pipe() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment ends = arena.allocate(ValueLayout.JAVA_INT, 2);
      if ((int) PIPE.invokeExact(ends) != 0) {
        throw new IllegalStateException("no pipe");
      }
      reading = ends.getAtIndex(ValueLayout.JAVA_INT, 0);
      writing = ends.getAtIndex(ValueLayout.JAVA_INT, 1);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  @SuppressWarnings("restricted") // the C library's, with their own signatures
  private static MethodHandle function(String name, FunctionDescriptor descriptor) {
    return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), descriptor);
  }

  /**
   * Blocks until something was written; reads it to the segment, which the call holds meanwhile.
   */
  long read(MemorySegment target) {
    try {
      return (long) READ.invokeExact(reading, target, target.byteSize());
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /** Releases a reader with these bytes. */
  void write(byte[] bytes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment source = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
      if ((long) WRITE.invokeExact(writing, source, (long) bytes.length) != bytes.length) {
        throw new IllegalStateException("the pipe is full");
      }
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    try {
      int first = (int) CLOSE.invokeExact(reading);
      int second = (int) CLOSE.invokeExact(writing);
      if ((first | second) != 0) {
        throw new IllegalStateException("the pipe does not close");
      }
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}
