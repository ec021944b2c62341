package com.example.patchbay.stream;

import org.jspecify.annotations.Nullable;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.OpenQueues;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueDriver;
import org.patchbay.api.QueueStatistics;
import org.patchbay.api.RxMetadata;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxResult;
import org.patchbay.api.Watch;
import org.patchbay.linux.Errno;

/**
 * The one queue of a stream endpoint. Packets are sent while they are offered, so that each is
 * complete when {@link #txAvail} returns; frames are read while they are collected. It takes up a
 * connection when the link has one, and lets go of it when that ends, which is when it allocates a
 * little; otherwise nothing here does.
 */
final class StreamQueue implements Queue {
  /** How many frames one call may drop, so that it ends. */
  private static final int MAX_DROPS = 64;

  /** Shortest frame: an Ethernet header, in bytes. */
  private static final int MIN_FRAME = 14;

  private final OpenQueues open;
  private final StreamLink link;
  private final StreamFraming framing;
  private final StreamCounters counters;
  private final QueueDriver driver;
  private final QueueStatistics statistics = new QueueStatistics();
  private final PostedBuffers posted = new PostedBuffers();
  private final RxMetadata metadata = new RxMetadata();

  private @Nullable Connection connection;
  private @Nullable Watch watch;

  /** The last read found the socket empty; the next poll need not read again to know. */
  private boolean drained;

  /** The last batch was not accepted whole. */
  private boolean blocked;

  /** There is room for what was not accepted, which {@link #pollReady} has not told yet. */
  private boolean room;

  /** The last {@link #pollReady} said no, so that becoming ready has to wake the worker. */
  private boolean armed;

  private volatile boolean closed;
  private @Nullable Throwable failure;

  /**
   * @param open the endpoint's count, which already includes this queue
   * @param driver wakes this queue's worker
   */
  StreamQueue(
      OpenQueues open,
      StreamLink link,
      StreamFraming framing,
      StreamCounters counters,
      QueueDriver driver) {
    this.open = open;
    this.link = link;
    this.framing = framing;
    this.counters = counters;
    this.driver = driver;
    link.attach(driver);
  }

  // ---- the connection ----

  /** Takes up what the link has, or lets go of what has ended; whether there is a connection. */
  private boolean isConnected() {
    Connection mine = connection;
    if (mine != null) {
      if (framing.writer().isTorn()) {
        letGo(mine, "the rest of a frame could not be had from the guest's memory");
      } else if (mine.isCondemned()) {
        letGo(mine, "the peer went away, and nobody took what it had sent before");
      } else {
        return true;
      }
    }
    Connection next = link.current();
    return next != null && takeUp(next);
  }

  private boolean takeUp(Connection next) {
    try {
      watch = driver.watch(next.descriptor());
    } catch (EndpointException e) {
      failure = e;
      return false;
    }
    connection = next;
    framing.use(next);
    drained = false;
    room = blocked;
    blocked = false;
    return true;
  }

  private void letGo(Connection mine, String why) {
    connection = null;
    Watch watched = watch;
    watch = null;
    if (watched != null) {
      watched.close();
    }
    framing.abandon(counters);
    link.ended(mine, why);
  }

  // ---- readiness ----

  /**
   * {@inheritDoc}
   *
   * <p>Reads ahead to know, as long as no whole frame is held; so the end of a connection is seen
   * without buffers, too.
   */
  @Override
  public boolean pollReady(BufferAccess buffers) {
    if (closed || failure != null) {
      return failure != null;
    }
    boolean ready = false;
    if (isConnected()) {
      Watch watched = watch;
      int fired = watched == null ? 0 : watched.takeReady();
      readAhead((fired & Watch.READABLE) != 0);
      if ((fired & Watch.WRITABLE) != 0) {
        sendAhead();
      }
      ready = framing.reader().next() > 0 && !posted.isEmpty();
    } else if (blocked && !link.isHolding()) {
      blocked = false;
      room = true;
    }
    ready |= room || failure != null;
    room = false;
    drained = false;
    armed = !ready;
    if (armed) {
      arm();
    }
    return ready;
  }

  private void readAhead(boolean readable) {
    Connection mine = connection;
    FrameReader reader = framing.reader();
    if (mine == null) {
      return;
    }
    boolean more = false;
    if (reader.next() == FrameReader.NONE
        && !reader.isEnded()
        && (readable || !drained || framing.writer().isBroken())) {
      more = reader.fill(mine);
    }
    endIfOver(mine, more);
  }

  /**
   * Lets go of a connection that has no more frames to give.
   *
   * @param more whether the socket may have more that was not read yet
   */
  private void endIfOver(Connection mine, boolean more) {
    FrameReader reader = framing.reader();
    int next = reader.next();
    if (next == FrameReader.MALFORMED) {
      counters.malformedLengths.incrementAndGet();
      letGo(
          mine,
          "the peer sent the length "
              + reader.malformedLength()
              + "; allowed are 1 to "
              + FrameReader.MAX_FRAME);
    } else if (next == FrameReader.NONE && framing.writer().isBroken() && !more) {
      letGo(mine, "sending failed: " + Errno.sentence(framing.writer().error()));
    } else if (next == FrameReader.NONE && reader.isEnded()) {
      letGo(
          mine,
          reader.error() == 0
              ? "the peer has closed the connection"
              : "the connection broke: " + Errno.sentence(reader.error()));
    }
  }

  /** Sends the rest of a frame, now that the socket takes more. */
  private void sendAhead() {
    Connection mine = connection;
    if (mine != null && framing.writer().flush(mine) && blocked) {
      blocked = false;
      room = true;
    }
  }

  private void arm() {
    Watch watched = watch;
    if (watched == null) {
      return;
    }
    FrameWriter writer = framing.writer();
    // A whole frame that is held waits for a buffer: what comes behind it is left in the socket.
    int interest = framing.reader().next() == FrameReader.NONE ? Watch.READABLE : 0;
    if ((blocked || writer.holdsRest()) && !writer.isBroken()) {
      interest |= Watch.WRITABLE;
    }
    if (interest != 0) {
      watched.arm(interest);
    }
  }

  // ---- receiving ----

  @Override
  public int rxAvail(BufferAccess buffers, int[] ids, int count) {
    boolean starved = posted.isEmpty();
    posted.add(ids, count);
    if (starved && armed && count > 0 && !closed && framing.holdsFrame(connection)) {
      driver.wake();
    }
    return 0;
  }

  @Override
  public int rxPoll(BufferAccess buffers, int[] ids, int space) {
    if (closed || failure != null) {
      return failed();
    }
    int filled = 0;
    int errors = 0;
    while (filled < space && !posted.isEmpty() && errors < MAX_DROPS && isConnected()) {
      FrameReader reader = framing.reader();
      int length = reader.next();
      if (length <= 0) {
        if (!readMore()) {
          break;
        }
        continue;
      }
      int result =
          length < MIN_FRAME
              ? BufferAccess.TOO_LONG
              : buffers.writePacket(
                  posted.oldest(),
                  metadata.set(0, length),
                  reader.memory(),
                  reader.oldest(),
                  length);
      if (result == BufferAccess.NOT_POSTED) {
        refused();
        break;
      }
      if (result == BufferAccess.WRITTEN) {
        ids[filled++] = posted.oldest();
        posted.removeOldest();
      } else {
        errors++;
      }
      reader.remove();
    }
    statistics.addRxPackets(filled);
    if (errors > 0) {
      statistics.addRxErrors(errors);
    }
    // What was filled before the failure is handed over first.
    return filled == 0 && failure != null ? failed() : filled;
  }

  /** Reads once more if the socket may have more; whether to look for a frame again. */
  private boolean readMore() {
    Connection mine = connection;
    FrameReader reader = framing.reader();
    if (mine == null) {
      return false;
    }
    if (reader.next() == FrameReader.NONE && !reader.isEnded()) {
      if (drained) {
        return false;
      }
      drained = !reader.fill(mine);
    }
    endIfOver(mine, !drained);
    return connection != null && (reader.next() > 0 || !drained);
  }

  /** The frontend says that the buffer posted first isn't ours: the two no longer agree. */
  private void refused() {
    failure =
        new EndpointException(
            EndpointError.BACKEND_FAILED,
            "receive buffer " + posted.oldest() + " was refused as not posted");
  }

  // ---- transmitting ----

  @Override
  public int txAvail(BufferAccess buffers, TxBatch batch) {
    if (closed || failure != null) {
      return failed();
    }
    int count = batch.packetCount();
    int done = 0;
    if (isConnected() && !framing.writer().isBroken()) {
      done = send(buffers, batch);
    } else if (failure != null) {
      return failed();
    } else if (connection == null && !link.isHolding()) {
      statistics.addTxErrors(count);
      counters.txDroppedAway.addAndGet(count);
      done = count;
    }
    if (done < count) {
      blocked = true;
    }
    if (armed && (blocked || framing.writer().holdsRest())) {
      arm();
    }
    return TxResult.complete(done);
  }

  private int send(BufferAccess buffers, TxBatch batch) {
    Connection mine = connection;
    return mine == null
        ? 0
        : framing.writer().write(mine, buffers.guestMemory(), batch, statistics);
  }

  /** Nothing is ever pending. */
  @Override
  public int txPoll(BufferAccess buffers, int[] ids, int space) {
    return 0;
  }

  // ---- the rest ----

  @Override
  public QueueStatistics statistics() {
    return statistics;
  }

  private int failed() {
    if (failure == null) {
      failure = new EndpointException(EndpointError.CLOSED, "the queue was used after its end");
    }
    return FATAL;
  }

  @Override
  public @Nullable Throwable failure() {
    return failure;
  }

  /** Leaves the connection to the next queue, or to the endpoint's stop. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      link.detach();
      Watch watched = watch;
      watch = null;
      if (watched != null) {
        watched.close();
      }
      connection = null;
      open.close();
    }
  }
}
