package org.patchbay.conformance.support;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.GuestMemory;
import org.patchbay.api.RxMetadata;
import org.patchbay.api.RxSegments;
import org.patchbay.api.TxBatch;

/**
 * A frontend's receive buffers: each of several segments spread over the regions of a {@link
 * TestGuestMemory}, with their metadata. Ids that were not posted are refused and counted.
 *
 * <p>With {@link #enter} and {@link #leave} around the calls of a queue, a use of this access at
 * any other time, or by another thread, is refused and recorded as a violation; without them every
 * use is fine, as a simple unit test wants it. The frontend's methods belong to one thread; the
 * methods of {@link BufferAccess} may be misused by any.
 */
public final class TestBuffers implements BufferAccess {

  private static final class Buffer {
    final long[] addresses;
    final int[] lengths;
    final RxMetadata metadata = new RxMetadata();
    boolean hasMetadata;
    // The last write did not fit.
    boolean overrun;

    Buffer(int segments) {
      addresses = new long[segments];
      lengths = new int[segments];
    }
  }

  private final TestGuestMemory memory;
  private final int capacity;
  private final int segments;
  private final Deque<Buffer> unused = new ArrayDeque<>();
  private final Map<Integer, Buffer> posted = new LinkedHashMap<>();
  private final List<ContractViolation> violations = new ArrayList<>(); // guarded by itself
  private final MemorySegment scratch;
  private volatile @Nullable Thread user;
  private volatile boolean guarded;
  private volatile boolean closed;
  private boolean straddlingTaken;
  private boolean refusing;
  private int refused;

  /**
   * @param memory where the buffers lie
   * @param capacity length of each buffer in bytes, at least {@code segments}
   * @param segments number of segments of each buffer, at least 1
   */
  public TestBuffers(TestGuestMemory memory, int capacity, int segments) {
    this.memory = memory;
    this.capacity = capacity;
    this.segments = segments;
    scratch = MemorySegment.ofArray(new byte[capacity]);
  }

  // ---- the frontend's side ----

  /**
   * Gives an id a buffer and marks it as posted; the caller then calls {@link
   * org.patchbay.api.Queue#rxAvail}.
   */
  public void post(int id) {
    if (posted.containsKey(id)) {
      throw new IllegalArgumentException("id " + id + " is posted already");
    }
    Buffer buffer = unused.isEmpty() ? newBuffer() : unused.removeFirst();
    buffer.hasMetadata = false;
    buffer.overrun = false;
    posted.put(id, buffer);
  }

  private Buffer newBuffer() {
    Buffer buffer = new Buffer(segments);
    int left = capacity;
    for (int i = 0; i < segments; i++) {
      int length = i == segments - 1 ? left : capacity / segments;
      // One segment of all runs over the border of two regions.
      boolean straddles = !straddlingTaken && segments > 1 && length > 1;
      buffer.addresses[i] =
          straddles ? TestGuestMemory.straddlingBuffer(length) : memory.allocate(length);
      straddlingTaken |= straddles;
      buffer.lengths[i] = length;
      left -= length;
    }
    return buffer;
  }

  /** Whether the backend may hold the id. */
  public boolean isPosted(int id) {
    return posted.containsKey(id);
  }

  /** Number of buffers that the backend holds, filled ones included. */
  public int postedCount() {
    return posted.size();
  }

  /** The ids that the backend holds, in the order posted. */
  public List<Integer> postedIds() {
    return List.copyOf(posted.keySet());
  }

  /**
   * Takes back a filled buffer whose id {@link org.patchbay.api.Queue#rxPoll} answered.
   *
   * @return the frame, or null if the backend wrote no metadata
   */
  public @Nullable ReceivedFrame take(int id) {
    Buffer buffer = posted.remove(id);
    if (buffer == null) {
      throw new IllegalArgumentException("id " + id + " is not posted");
    }
    accept(buffer);
    unused.addLast(buffer);
    if (!buffer.hasMetadata) {
      return null;
    }
    RxMetadata metadata = new RxMetadata();
    metadata.copyFrom(buffer.metadata);
    return new ReceivedFrame(id, bytes(buffer, metadata.offset(), metadata.length()), metadata);
  }

  private byte[] bytes(Buffer buffer, int offset, int length) {
    byte[] whole = new byte[capacity];
    int position = 0;
    for (int i = 0; i < segments; i++) {
      byte[] part = memory.read(buffer.addresses[i], buffer.lengths[i]);
      System.arraycopy(part, 0, whole, position, part.length);
      position += part.length;
    }
    byte[] frame = new byte[length];
    System.arraycopy(whole, offset, frame, 0, length);
    return frame;
  }

  /** Whether the last thing that the backend wrote to a buffer which it holds did not fit. */
  public boolean isOverrun(int id) {
    Buffer buffer = posted.get(id);
    return buffer != null && buffer.overrun;
  }

  /** Takes back all buffers, as after the queue was closed. */
  public void takeBackAll() {
    acceptWrites();
    unused.addAll(posted.values());
    posted.clear();
  }

  /** Takes what the backend wrote to buffers that it holds as allowed. */
  public void acceptWrites() {
    for (Buffer buffer : posted.values()) {
      accept(buffer);
    }
  }

  private void accept(Buffer buffer) {
    for (int i = 0; i < segments; i++) {
      memory.accept(buffer.addresses[i], buffer.lengths[i]);
    }
  }

  /** From now on refuses every id, as a frontend does whose ledger differs from the backend's. */
  public void refuseAll() {
    refusing = true;
  }

  /** How often an id was refused because the backend does not hold it. */
  public int refused() {
    return refused;
  }

  /** Lends this access to the calling thread, for one call of a queue. */
  public void enter() {
    guarded = true;
    user = Thread.currentThread();
  }

  /** Ends the loan. */
  public void leave() {
    user = null;
  }

  /** Tells that the queue is closed, so that every later use is one after closing. */
  public void queueClosed() {
    closed = true;
  }

  /** What was recorded so far, oldest first. Any thread. */
  public List<ContractViolation> violations() {
    synchronized (violations) {
      return List.copyOf(violations);
    }
  }

  /**
   * Waits for a violation that another thread causes.
   *
   * @param time how long at most
   */
  public void awaitViolation(Duration time) throws InterruptedException {
    long deadline = System.nanoTime() + time.toNanos();
    synchronized (violations) {
      while (violations.isEmpty()) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          return;
        }
        TimeUnit.NANOSECONDS.timedWait(violations, left);
      }
    }
  }

  // ---- the backend's side ----

  private boolean mayUse(String method) {
    if (!guarded || user == Thread.currentThread()) {
      return true;
    }
    ContractViolation violation =
        closed
            ? new ContractViolation("Q19", method + " was called after the queue was closed")
            : new ContractViolation(
                "Q2",
                method
                    + (user == null
                        ? " was called outside a call of the queue"
                        : " was called by another thread than the driving one")
                    + ", by "
                    + Thread.currentThread().getName());
    record(violation);
    return false;
  }

  private void record(ContractViolation violation) {
    synchronized (violations) {
      violations.add(violation);
      violations.notifyAll();
    }
  }

  private @Nullable Buffer buffer(String method, int id) {
    if (!mayUse(method)) {
      return null;
    }
    Buffer buffer = refusing ? null : posted.get(id);
    if (buffer == null) {
      refused++;
      if (guarded && !refusing) {
        record(
            new ContractViolation(
                "Q7", method + " was called for id " + id + ", which the backend does not hold"));
      }
    }
    return buffer;
  }

  @Override
  public GuestMemory guestMemory() {
    boolean unused = mayUse("guestMemory()");
    return memory.memory();
  }

  @Override
  public int capacity(int id) {
    return buffer("capacity()", id) == null ? NOT_POSTED : capacity;
  }

  @Override
  public int pushGuestAddresses(int id, RxSegments list) {
    Buffer buffer = buffer("pushGuestAddresses()", id);
    if (buffer == null) {
      return NOT_POSTED;
    }
    for (int i = 0; i < segments; i++) {
      list.add(buffer.addresses[i], buffer.lengths[i]);
    }
    return segments;
  }

  @Override
  public int pushGuestAddresses(int[] ids, int from, int count, RxSegments list) {
    int appended = 0;
    for (int i = from; i < from + count; i++) {
      int result = pushGuestAddresses(ids[i], list);
      if (result < 0) {
        return result;
      }
      list.endBuffer();
      appended += result;
    }
    return appended;
  }

  @Override
  public int writeData(int id, MemorySegment source, long offset, int length) {
    Buffer buffer = buffer("writeData()", id);
    if (buffer == null) {
      return NOT_POSTED;
    }
    buffer.overrun = length > capacity;
    if (buffer.overrun) {
      return TOO_LONG;
    }
    int done = 0;
    for (int i = 0; done < length; i++) {
      int part = Math.min(length - done, buffer.lengths[i]);
      if (!memory.memory().write(buffer.addresses[i], source, offset + done, part)) {
        throw new IllegalStateException("a test buffer does not lie in guest memory");
      }
      done += part;
    }
    return WRITTEN;
  }

  @Override
  public int writeMetadata(int id, RxMetadata metadata) {
    Buffer buffer = buffer("writeMetadata()", id);
    if (buffer == null) {
      return NOT_POSTED;
    }
    if ((metadata.offset() | metadata.length()) < 0
        || (long) metadata.offset() + metadata.length() > capacity) {
      buffer.overrun = true;
      return TOO_LONG;
    }
    buffer.metadata.copyFrom(metadata);
    buffer.hasMetadata = true;
    return WRITTEN;
  }

  @Override
  public int writePacket(int id, RxMetadata metadata, TxBatch batch, int packet) {
    Buffer buffer = buffer("writePacket()", id);
    if (buffer == null) {
      return NOT_POSTED;
    }
    int length = batch.linearize(packet, memory.memory(), scratch, 0, capacity);
    buffer.overrun = length == TOO_LONG;
    return length < 0 ? length : writePacket(id, metadata, scratch, 0, length);
  }
}
