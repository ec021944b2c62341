package org.patchbay.linux;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The owner of one open descriptor, closed exactly once.
 *
 * <p>{@link #value()} may be read by any thread; the kernel may give the number to another file as
 * soon as {@link #close()} returned, so whoever uses it must have stopped by then.
 */
public final class Descriptor implements AutoCloseable {
  private static final VarHandle VALUE;

  static {
    try {
      VALUE = MethodHandles.lookup().findVarHandle(Descriptor.class, "value", int.class);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  private volatile int value;

  private Descriptor(int value) {
    this.value = value;
  }

  /**
   * Takes ownership of an open descriptor.
   *
   * @param value the descriptor's number, 0 or more
   */
  public static Descriptor owning(int value) {
    if (value < 0) {
      throw new IllegalArgumentException("A descriptor's number is 0 or more, not " + value + ".");
    }
    return new Descriptor(value);
  }

  /**
   * Opens a file for reading, or for reading and writing; the descriptor does not survive an exec.
   *
   * @param path the file's path
   * @param writable whether to open it for writing, too
   * @param blocking whether reads and writes may wait
   */
  public static Descriptor open(String path, boolean writable, boolean blocking)
      throws LinuxException {
    int flags =
        Uapi.O_CLOEXEC
            | (writable ? Uapi.O_RDWR : Uapi.O_RDONLY)
            | (blocking ? 0 : Uapi.O_NONBLOCK);
    try (CallFrame frame = new CallFrame()) {
      int fd = FileCalls.open(frame.state, frame.string(path).address(), flags, 0);
      return new Descriptor(LinuxException.check("open(" + path + ")", fd));
    }
  }

  /**
   * A second descriptor of the same open file, which does not survive an exec.
   *
   * @param value a descriptor that somebody else owns
   */
  public static Descriptor duplicate(int value) throws LinuxException {
    try (CallFrame frame = new CallFrame()) {
      int fd = FileCalls.fcntl(frame.state, value, Uapi.F_DUPFD_CLOEXEC, 0);
      return new Descriptor(LinuxException.check("fcntl(" + value + ", F_DUPFD_CLOEXEC)", fd));
    }
  }

  /** The descriptor's number, or -1 once closed. */
  public int value() {
    return value;
  }

  /** Whether it has not been closed yet. */
  public boolean isOpen() {
    return value >= 0;
  }

  /** Gives up ownership: answers the number, which the caller closes; -1 if it was closed. */
  public int release() {
    return (int) VALUE.getAndSet(this, -1);
  }

  /** Lets reads and writes on the open file wait, or not; shared by all its duplicates. */
  public void setBlocking(boolean blocking) throws LinuxException {
    try (CallFrame frame = new CallFrame()) {
      int fd = value;
      int flags =
          LinuxException.check("fcntl(F_GETFL)", FileCalls.fcntl(frame.state, fd, Uapi.F_GETFL, 0));
      int wanted = blocking ? flags & ~Uapi.O_NONBLOCK : flags | Uapi.O_NONBLOCK;
      if (wanted != flags) {
        LinuxException.check(
            "fcntl(F_SETFL)", FileCalls.fcntl(frame.state, fd, Uapi.F_SETFL, wanted));
      }
    }
  }

  /** Asks the kernel what kind of file this is, and how large it is now. */
  public FileStatus status() throws LinuxException {
    return FileStatus.of(value);
  }

  /** Makes one ioctl with a pointer argument. */
  int ioctl(String name, long request, CallFrame frame, MemorySegment argument)
      throws LinuxException {
    return ioctl(name, request, frame, argument.address());
  }

  /** Makes one ioctl with a number as argument. */
  int ioctl(String name, long request, CallFrame frame, long argument) throws LinuxException {
    return LinuxException.check(
        "ioctl(" + name + ")", FileCalls.ioctl(frame.state, value, request, argument));
  }

  /** Closes the descriptor; any thread; twice is harmless. */
  @Override
  public void close() {
    int fd = release();
    if (fd >= 0) {
      try (CallFrame frame = new CallFrame()) {
        // Linux frees the number whatever close answers, so there is nothing to try again.
        var unused = FileCalls.close(frame.state, fd);
      }
    }
  }

  @Override
  public String toString() {
    return "descriptor " + value;
  }
}
