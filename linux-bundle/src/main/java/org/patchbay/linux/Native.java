package org.patchbay.linux;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/**
 * Links C library functions so that each call captures errno.
 *
 * <p>Pointers are passed as {@code long} addresses: a pointer and a 64-bit integer travel in the
 * same registers on both architectures, and the packet path must not build a segment for each call.
 * Every handle takes the capture segment first.
 */
final class Native {
  /** C {@code int}. */
  static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;

  /** C {@code long}, {@code size_t}, {@code ssize_t}, {@code off_t} and every pointer. */
  static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  /** C {@code short}. */
  static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT;

  /** C {@code char}. */
  static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

  /** Memory that a call writes errno to. */
  static final StructLayout CAPTURE = Linker.Option.captureStateLayout();

  private static final Linker.Option ERRNO_OPTION = Linker.Option.captureCallState("errno");

  private static final long ERRNO =
      CAPTURE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));

  private Native() {}

  /**
   * A handle of the C library's function {@code name}.
   *
   * @throws UnsatisfiedLinkError if the C library does not have it
   */
  static MethodHandle function(String name, MemoryLayout result, MemoryLayout... arguments) {
    return link(name, FunctionDescriptor.of(result, arguments), ERRNO_OPTION);
  }

  /** The same for a function whose arguments from index {@code fixed} on are variadic. */
  static MethodHandle variadic(
      String name, int fixed, MemoryLayout result, MemoryLayout... arguments) {
    return link(
        name,
        FunctionDescriptor.of(result, arguments),
        ERRNO_OPTION,
        Linker.Option.firstVariadicArg(fixed));
  }

  /** The same as {@link #function}, or null if the C library is too old to have it. */
  static @Nullable MethodHandle optional(
      String name, MemoryLayout result, MemoryLayout... arguments) {
    return Linker.nativeLinker().defaultLookup().find(name).isPresent()
        ? function(name, result, arguments)
        : null;
  }

  /** The same as {@link #function} without a place for errno: the handle takes no segment. */
  static MethodHandle withoutErrno(String name, MemoryLayout result, MemoryLayout... arguments) {
    return link(name, FunctionDescriptor.of(result, arguments));
  }

  private static MethodHandle link(
      String name, FunctionDescriptor descriptor, Linker.Option... options) {
    String problem = LinuxPlatform.problem();
    if (problem != null) {
      throw new UnsupportedOperationException(problem);
    }
    Linker linker = Linker.nativeLinker();
    MemorySegment symbol =
        linker
            .defaultLookup()
            .find(name)
            .orElseThrow(() -> new UnsatisfiedLinkError("The C library has no function " + name));
    return linker.downcallHandle(symbol, descriptor, options);
  }

  /** The call's result, or the negated errno if it is negative. */
  static int result(int result, MemorySegment state) {
    return result >= 0 ? result : -state.get(INT, ERRNO);
  }

  /** The call's result, or the negated errno if it is negative. */
  static long result(long result, MemorySegment state) {
    return result >= 0 ? result : -state.get(INT, ERRNO);
  }

  /** What to throw when a handle threw, which no call with a right signature does. */
  static RuntimeException unexpected(Throwable thrown) {
    if (thrown instanceof Error error) {
      throw error;
    }
    if (thrown instanceof RuntimeException exception) {
      return exception;
    }
    return new IllegalStateException("A native call threw", thrown);
  }

  /** The unpadded struct layout with a C name, such as {@code struct iovec}. */
  static StructLayout struct(String name, MemoryLayout... members) {
    return MemoryLayout.structLayout(members).withName(name);
  }

  /** The offset of a member in bytes. */
  static long offset(StructLayout layout, String member) {
    return layout.byteOffset(MemoryLayout.PathElement.groupElement(member));
  }
}
