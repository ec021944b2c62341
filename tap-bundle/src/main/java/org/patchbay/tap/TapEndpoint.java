package org.patchbay.tap;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointException;
import org.patchbay.api.InspectNode;
import org.patchbay.api.MultiQueueSupport;
import org.patchbay.api.OpenQueues;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.RssConfig;
import org.patchbay.api.TxOffloadSupport;
import org.patchbay.linux.Errno;

/** An endpoint on one open TAP, which it owns until {@link #close()}. */
public final class TapEndpoint implements Endpoint, AutoCloseable {

  /** The backend type. */
  public static final String TYPE = "tap";

  /** Enough for a full queue of the kernel's (1000 frames) and what it adds meanwhile. */
  private static final int MAX_STALE_FRAMES = 4096;

  private final TapDevice device;
  private final TapSettings settings;
  private final FrameReader reader;
  private final FrameWriter writer;
  private final OpenQueues open = new OpenQueues();

  /** Whether frames may wait in the kernel from a time when nobody was plugged. */
  private boolean stale = true;

  // Volatile because inspect() comes from any thread.
  private volatile @Nullable TapQueue queue;
  private volatile long staleFrames;

  private TapEndpoint(TapDevice device, TapSettings settings) {
    this.device = device;
    this.settings = settings;
    this.reader = new FrameReader(device);
    this.writer = new FrameWriter(device);
  }

  /**
   * Opens the interface that the settings name.
   *
   * @throws EndpointException with the cause by type; nothing is left open
   */
  static TapEndpoint open(TapSettings settings) throws EndpointException {
    return new TapEndpoint(TapDevice.open(settings), settings);
  }

  @Override
  public String endpointType() {
    return TYPE;
  }

  /**
   * {@inheritDoc}
   *
   * <p>Frames that queued in the kernel while nobody was plugged are dropped; those that came
   * between two calls without a {@link #stop()} are received.
   */
  @Override
  public List<Queue> getQueues(List<QueueConfig> configs, @Nullable RssConfig rss)
      throws EndpointException {
    open.open(configs.size(), multiQueueSupport());
    try {
      TapQueue opened = new TapQueue(open, device, reader, writer, configs.getFirst().driver());
      if (stale) {
        staleFrames += reader.discard(MAX_STALE_FRAMES);
        stale = false;
      }
      queue = opened;
      return List.of(opened);
    } catch (EndpointException | RuntimeException failed) {
      open.close();
      throw failed;
    }
  }

  @Override
  public void stop() {
    open.requireNone();
    stale = true;
    queue = null;
  }

  @Override
  public boolean isOrdered() {
    return true;
  }

  /** All offloads; without UDP segmentation where the kernel has none for a TAP (before 6.2). */
  @Override
  public TxOffloadSupport txOffloadSupport() {
    return settings.offloads()
        ? new TxOffloadSupport(true, true, true, true, device.segmentsUdp())
        : TxOffloadSupport.NONE;
  }

  @Override
  public MultiQueueSupport multiQueueSupport() {
    return MultiQueueSupport.SINGLE;
  }

  @Override
  public void inspect(InspectNode node) {
    Endpoint.super.inspect(node);
    node.value("interface", device.interfaceName());
    if (!settings.namespace().isEmpty()) {
      node.value("namespace", settings.namespace());
    }
    node.value("io-uring", device.ring() != null);
    node.value("stale-frames", staleFrames);
    int error = writer.lastError();
    if (error != 0) {
      node.value("last-transmit-error", Errno.sentence(error));
    }
    TapQueue shown = queue;
    if (shown != null) {
      shown.statistics().inspect(node.child("queue-0"));
    }
  }

  /**
   * Closes a queue that is still open, and the interface, which goes unless it is persistent. Takes
   * milliseconds; twice is harmless.
   */
  @Override
  public void close() {
    TapQueue last = queue;
    if (last != null) {
      last.close();
    }
    device.close();
  }
}
