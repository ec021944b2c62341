package org.patchbay.linux;

import static org.patchbay.linux.Native.INT;
import static org.patchbay.linux.Native.LONG;
import static org.patchbay.linux.Native.offset;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.VarHandle;

/**
 * Submits a batch of reads and writes with one system call and collects their results.
 *
 * <p>A batch is built with {@link #writeFixed}, {@link #readFixed} and {@link #writeVector}, which
 * name a registered file and for the first two lie in the registered memory; {@link #submit()} runs
 * it in order and returns when every request has its {@link #result}. A request that would have to
 * wait ends with {@code -EAGAIN} instead, and with {@code -EOPNOTSUPP} where the kernel cannot
 * promise that for the kind of file (TAPs before Linux 6.4).
 *
 * <p>Used by one thread at a time; nothing is allocated after {@link #open}.
 */
public final class IoUring implements AutoCloseable {
  private static final StructLayout SQE = IoUringLayout.SQE;
  private static final long SQE_SIZE = SQE.byteSize();
  private static final long OPCODE = offset(SQE, "opcode");
  private static final long FLAGS = offset(SQE, "flags");
  private static final long FD = offset(SQE, "fd");
  private static final long ADDRESS = offset(SQE, "addr");
  private static final long LENGTH = offset(SQE, "len");
  private static final long RW_FLAGS = offset(SQE, "rw_flags");
  private static final long USER_DATA = offset(SQE, "user_data");
  private static final long CQE_SIZE = IoUringLayout.CQE.byteSize();
  private static final long CQE_USER_DATA = offset(IoUringLayout.CQE, "user_data");
  private static final long CQE_RESULT = offset(IoUringLayout.CQE, "res");
  private static final VarHandle INDEX = INT.varHandle();

  /** How long a request that the kernel finishes elsewhere may take, in seconds. */
  private static final long PATIENCE_SECONDS = 1;

  private final Descriptor descriptor;
  private final Mapping ringMapping;
  private final Mapping entryMapping;
  private final MemorySegment ring;
  private final MemorySegment entries;
  private final MemorySegment state;
  private final MemorySegment patience;
  private final int capacity;
  private final long submissionTail;
  private final long completionHead;
  private final long completionTail;
  private final long completions;
  private final int completionMask;
  private final int[] results;
  private int tail;
  private int prepared;

  private IoUring(
      Descriptor descriptor, Mapping ringMapping, Mapping entryMapping, MemorySegment parameters) {
    this.descriptor = descriptor;
    this.ringMapping = ringMapping;
    this.entryMapping = entryMapping;
    this.ring = ringMapping.segment();
    this.entries = entryMapping.segment();
    this.capacity = number(parameters, "sq_entries");
    this.submissionTail = submissionOffset(parameters, "tail");
    this.completionHead = completionOffset(parameters, "head");
    this.completionTail = completionOffset(parameters, "tail");
    this.completions = completionOffset(parameters, "cqes");
    this.completionMask = ring.get(INT, completionOffset(parameters, "ring_mask"));
    this.results = new int[capacity];
    Arena arena = Arena.ofAuto();
    this.state = arena.allocate(Native.CAPTURE);
    this.patience = patience(arena);
    long array = submissionOffset(parameters, "array");
    for (int i = 0; i < capacity; i++) {
      ring.set(INT, array + 4L * i, i);
    }
    this.tail = ring.get(INT, submissionTail);
  }

  private static MemorySegment patience(Arena arena) {
    StructLayout layout = IoUringLayout.GETEVENTS_ARG;
    // The timeout lies behind the argument in one allocation, so that both live equally long.
    MemorySegment memory =
        arena.allocate(layout.byteSize() + Epoll.TIMESPEC.byteSize(), LONG.byteAlignment());
    memory.set(LONG, offset(layout, "ts"), memory.address() + layout.byteSize());
    memory.set(LONG, layout.byteSize() + offset(Epoll.TIMESPEC, "tv_sec"), PATIENCE_SECONDS);
    return memory;
  }

  /**
   * Makes a ring.
   *
   * @param entries how many requests a batch can hold at least, 1 to 4096; rounded up to a power of
   *     two
   * @throws LinuxException {@link Errno#ENOSYS} or {@link Errno#EPERM} where io_uring is not to be
   *     had: an older kernel, switched off, or forbidden to this process
   */
  public static IoUring open(int entries) throws LinuxException {
    if (entries < 1 || entries > 4096) {
      throw new IllegalArgumentException("A batch holds 1 to 4096 requests, not " + entries + ".");
    }
    try (CallFrame frame = new CallFrame()) {
      MemorySegment parameters = frame.allocate(IoUringLayout.PARAMS);
      Descriptor descriptor =
          Descriptor.owning(
              LinuxException.check(
                  "io_uring_setup",
                  IoUringCalls.setup(frame.state, entries, parameters.address())));
      try {
        return map(descriptor, parameters);
      } catch (LinuxException | RuntimeException failed) {
        descriptor.close();
        throw failed;
      }
    }
  }

  private static IoUring map(Descriptor descriptor, MemorySegment parameters)
      throws LinuxException {
    int needed = Uapi.IORING_FEAT_SINGLE_MMAP | Uapi.IORING_FEAT_EXT_ARG;
    if ((number(parameters, "features") & needed) != needed) {
      throw new LinuxException("io_uring_setup", Errno.ENOSYS);
    }
    long submissionEnd =
        submissionOffset(parameters, "array") + 4L * number(parameters, "sq_entries");
    long completionEnd =
        completionOffset(parameters, "cqes") + CQE_SIZE * number(parameters, "cq_entries");
    Mapping ring =
        Mapping.populated(
            descriptor, Uapi.IORING_OFF_SQ_RING, Math.max(submissionEnd, completionEnd));
    try {
      Mapping entries =
          Mapping.populated(
              descriptor, Uapi.IORING_OFF_SQES, SQE_SIZE * number(parameters, "sq_entries"));
      return new IoUring(descriptor, ring, entries, parameters);
    } catch (LinuxException | RuntimeException failed) {
      ring.close();
      throw failed;
    }
  }

  private static int number(MemorySegment parameters, String member) {
    return parameters.get(INT, offset(IoUringLayout.PARAMS, member));
  }

  private static long submissionOffset(MemorySegment parameters, String member) {
    return parameters.get(
        INT, offset(IoUringLayout.PARAMS, "sq_off") + offset(IoUringLayout.SQ_OFFSETS, member));
  }

  private static long completionOffset(MemorySegment parameters, String member) {
    return parameters.get(
        INT, offset(IoUringLayout.PARAMS, "cq_off") + offset(IoUringLayout.CQ_OFFSETS, member));
  }

  /**
   * Registers the memory in which {@link #writeFixed} and {@link #readFixed} lie; once per ring.
   *
   * @param memory native memory that stays mapped until this ring is closed
   * @throws LinuxException {@link Errno#ENOMEM} if the process may not lock that much memory
   */
  public void registerBuffer(MemorySegment memory) throws LinuxException {
    try (CallFrame frame = new CallFrame()) {
      MemorySegment vector = frame.allocate(IoVector.IOVEC);
      vector.set(LONG, offset(IoVector.IOVEC, "iov_base"), memory.address());
      vector.set(LONG, offset(IoVector.IOVEC, "iov_len"), memory.byteSize());
      register(frame, "IORING_REGISTER_BUFFERS", Uapi.IORING_REGISTER_BUFFERS, vector, 1);
    }
  }

  /**
   * Registers the files that requests name by their index here; once per ring. The ring keeps the
   * open files alive until it is closed, even if the descriptors are closed before.
   */
  public void registerFiles(Descriptor... files) throws LinuxException {
    try (CallFrame frame = new CallFrame()) {
      MemorySegment numbers = frame.allocate(4L * files.length);
      for (int i = 0; i < files.length; i++) {
        numbers.setAtIndex(INT, i, files[i].value());
      }
      register(frame, "IORING_REGISTER_FILES", Uapi.IORING_REGISTER_FILES, numbers, files.length);
    }
  }

  private void register(CallFrame frame, String name, int what, MemorySegment argument, int count)
      throws LinuxException {
    LinuxException.check(
        "io_uring_register(" + name + ")",
        IoUringCalls.register(frame.state, descriptor.value(), what, argument.address(), count));
  }

  private void unregister(int what) {
    try (CallFrame frame = new CallFrame()) {
      // It fails if nothing was registered.
      var unused = IoUringCalls.register(frame.state, descriptor.value(), what, 0L, 0);
    }
  }

  /** How many requests a batch can hold. */
  public int capacity() {
    return capacity;
  }

  /** How many requests the batch holds that {@link #submit()} will run. */
  public int prepared() {
    return prepared;
  }

  /**
   * Adds a write from the registered memory.
   *
   * @param file index of a registered file
   * @return the request's index in the batch, or -1 if the batch is full
   */
  public int writeFixed(int file, long address, int length) {
    return prepare(Uapi.IORING_OP_WRITE_FIXED, file, address, length);
  }

  /** Adds a read into the registered memory, otherwise like {@link #writeFixed}. */
  public int readFixed(int file, long address, int length) {
    return prepare(Uapi.IORING_OP_READ_FIXED, file, address, length);
  }

  /**
   * Adds a write of a vector's first {@code count} entries, otherwise like {@link #writeFixed}. The
   * vector must not change before {@link #submit()} returned.
   */
  public int writeVector(int file, IoVector vector, int count) {
    return prepare(Uapi.IORING_OP_WRITEV, file, vector.address(), vector.checked(count));
  }

  // The members not set here stay 0 in every entry: this class never writes them.
  private int prepare(int operation, int file, long address, int length) {
    int request = prepared;
    if (request == capacity) {
      return -1;
    }
    long at = (tail + request & capacity - 1) * SQE_SIZE;
    entries.set(Native.BYTE, at + OPCODE, (byte) operation);
    entries.set(Native.BYTE, at + FLAGS, (byte) Uapi.IOSQE_FIXED_FILE);
    entries.set(INT, at + FD, file);
    entries.set(LONG, at + ADDRESS, address);
    entries.set(INT, at + LENGTH, length);
    entries.set(INT, at + RW_FLAGS, Uapi.RWF_NOWAIT);
    entries.set(LONG, at + USER_DATA, request);
    prepared = request + 1;
    return request;
  }

  /**
   * Runs the batch and waits for all of it. The next batch begins empty.
   *
   * @return how many requests ran, each with a {@link #result}; or a negated errno after which the
   *     ring must be closed and the results, and whether the requests ran, are unknown: {@code
   *     -ETIME} if one did not end within a second, {@code -EBADF} once closed
   */
  public int submit() {
    int count = prepared;
    prepared = 0;
    if (count == 0) {
      return 0;
    }
    int fd = descriptor.value();
    if (fd < 0) {
      return -Errno.EBADF;
    }
    tail += count;
    INDEX.setRelease(ring, submissionTail, tail);
    int submitted = 0;
    while (submitted < count) {
      int result = IoUringCalls.enter(state, fd, count - submitted, 0, 0, 0L, 0L);
      if (result < 0 && result != -Errno.EINTR) {
        return result;
      }
      submitted += Math.max(result, 0);
    }
    int completed = reap();
    while (completed < count) {
      int result =
          IoUringCalls.enter(
              state,
              fd,
              0,
              count - completed,
              Uapi.IORING_ENTER_GETEVENTS | Uapi.IORING_ENTER_EXT_ARG,
              patience.address(),
              IoUringLayout.GETEVENTS_ARG.byteSize());
      completed += reap();
      if (result < 0 && result != -Errno.EINTR && completed < count) {
        return result;
      }
    }
    return count;
  }

  private int reap() {
    int head = ring.get(INT, completionHead);
    int end = (int) INDEX.getAcquire(ring, completionTail);
    int count = end - head;
    for (; head != end; head++) {
      long at = completions + (head & completionMask) * CQE_SIZE;
      results[(int) ring.get(LONG, at + CQE_USER_DATA)] = ring.get(INT, at + CQE_RESULT);
    }
    INDEX.setRelease(ring, completionHead, end);
    return count;
  }

  /**
   * What the request with this index in the last batch ended with: the bytes moved, or the negated
   * errno.
   */
  public int result(int request) {
    return results[request];
  }

  /**
   * Ends the ring and unmaps its memory; any thread, with no call under way. The registered files
   * are let go before this returns.
   */
  @Override
  public void close() {
    if (descriptor.isOpen()) {
      // The kernel ends a closed ring some time later, which would keep the files open until then.
      unregister(Uapi.IORING_UNREGISTER_FILES);
      unregister(Uapi.IORING_UNREGISTER_BUFFERS);
    }
    descriptor.close();
    entryMapping.close();
    ringMapping.close();
  }
}
