package org.patchbay.tap;

import java.util.ArrayList;
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

  /** One queue of the interface, which stays open while the endpoint exists. */
  private record Lane(TapDevice device, FrameReader reader, FrameWriter writer) {

    Lane(TapDevice device) {
      this(device, new FrameReader(device), new FrameWriter(device));
    }
  }

  private final TapSettings settings;
  private final List<Lane> lanes;
  private final OpenQueues open = new OpenQueues();

  /** How many of the first lanes take part in the interface's traffic. */
  private int attached = 1;

  /** Whether frames may wait in the kernel from a time when nobody was plugged. */
  private boolean stale = true;

  // Volatile because inspect() comes from any thread.
  private volatile List<TapQueue> queues = List.of();
  private volatile long staleFrames;

  private TapEndpoint(List<Lane> lanes, TapSettings settings) {
    this.lanes = lanes;
    this.settings = settings;
  }

  /**
   * Opens the interface that the settings name.
   *
   * @throws EndpointException with the cause by type; nothing is left open
   */
  static TapEndpoint open(TapSettings settings) throws EndpointException {
    List<Lane> lanes = new ArrayList<>();
    try {
      lanes.add(new Lane(TapDevice.open(settings)));
      while (lanes.size() < settings.queues()) {
        lanes.add(new Lane(TapDevice.openAnother(settings)));
      }
      return new TapEndpoint(List.copyOf(lanes), settings);
    } catch (EndpointException | RuntimeException failed) {
      lanes.forEach(lane -> lane.device.close());
      throw failed;
    }
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
    int count = configs.size();
    open.open(count, multiQueueSupport());
    List<TapQueue> opened = new ArrayList<>(count);
    try {
      attach(count);
      for (int i = 0; i < count; i++) {
        Lane lane = lanes.get(i);
        opened.add(
            new TapQueue(open, lane.device, lane.reader, lane.writer, configs.get(i).driver()));
        if (stale) {
          staleFrames += lane.reader.discard(MAX_STALE_FRAMES);
        }
      }
      stale = false;
      queues = List.copyOf(opened);
      return List.copyOf(opened);
    } catch (EndpointException | RuntimeException failed) {
      opened.forEach(TapQueue::close);
      for (int i = opened.size(); i < count; i++) {
        open.close();
      }
      throw failed;
    }
  }

  /** Has the first lanes take part in the interface's traffic, and the kernel steer over them. */
  private void attach(int count) throws EndpointException {
    while (attached < count) {
      lanes.get(attached).device.setAttached(true);
      attached++;
    }
    while (attached > count) {
      lanes.get(attached - 1).device.setAttached(false);
      attached--;
    }
  }

  @Override
  public void stop() {
    open.requireNone();
    stale = true;
    queues = List.of();
  }

  @Override
  public boolean isOrdered() {
    return true;
  }

  /** All offloads; without UDP segmentation where the kernel has none for a TAP (before 6.2). */
  @Override
  public TxOffloadSupport txOffloadSupport() {
    return settings.offloads()
        ? new TxOffloadSupport(true, true, true, true, lanes.getFirst().device.segmentsUdp())
        : TxOffloadSupport.NONE;
  }

  @Override
  public MultiQueueSupport multiQueueSupport() {
    return lanes.size() == 1 ? MultiQueueSupport.SINGLE : new MultiQueueSupport(lanes.size(), 0);
  }

  @Override
  public void inspect(InspectNode node) {
    Endpoint.super.inspect(node);
    node.value("interface", lanes.getFirst().device.interfaceName());
    if (!settings.namespace().isEmpty()) {
      node.value("namespace", settings.namespace());
    }
    node.value("io-uring", lanes.getFirst().device.ring() != null);
    node.value("stale-frames", staleFrames);
    for (Lane lane : lanes) {
      int error = lane.writer.lastError();
      if (error != 0) {
        node.value("last-transmit-error", Errno.sentence(error));
      }
    }
    List<TapQueue> shown = queues;
    for (int i = 0; i < shown.size(); i++) {
      shown.get(i).statistics().inspect(node.child("queue-" + i));
    }
  }

  /**
   * Closes queues that are still open, and the interface, which goes unless it is persistent. Takes
   * milliseconds; twice is harmless.
   */
  @Override
  public void close() {
    queues.forEach(TapQueue::close);
    lanes.forEach(lane -> lane.device.close());
  }
}
