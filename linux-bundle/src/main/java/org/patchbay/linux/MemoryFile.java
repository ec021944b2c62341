package org.patchbay.linux;

/** A file that lives in memory only (memfd), to share memory with another process. */
public final class MemoryFile implements AutoCloseable {
  private final Descriptor descriptor;
  private final long length;

  private MemoryFile(Descriptor descriptor, long length) {
    this.descriptor = descriptor;
    this.length = length;
  }

  /**
   * Makes a zeroed file.
   *
   * @param name for inspection in {@code /proc}, at most 249 bytes; need not be unique
   * @param length in bytes, 0 or more
   */
  public static MemoryFile create(String name, long length) throws LinuxException {
    try (CallFrame frame = new CallFrame()) {
      int fd = MemoryCalls.memfdCreate(frame.state, frame.string(name).address(), Uapi.MFD_CLOEXEC);
      Descriptor descriptor =
          Descriptor.owning(LinuxException.check("memfd_create(" + name + ")", fd));
      try {
        LinuxException.check(
            "ftruncate", MemoryCalls.ftruncate(frame.state, descriptor.value(), length));
      } catch (LinuxException failed) {
        descriptor.close();
        throw failed;
      }
      return new MemoryFile(descriptor, length);
    }
  }

  /** The file's descriptor; this object owns it. */
  public Descriptor descriptor() {
    return descriptor;
  }

  /** The file's length in bytes. */
  public long length() {
    return length;
  }

  /** Maps the whole file; the mapping outlives this object. */
  public Mapping map() throws LinuxException {
    return Mapping.of(descriptor, 0, length, true);
  }

  @Override
  public void close() {
    descriptor.close();
  }
}
