package org.patchbay.fault;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.DelegatingEndpoint;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointException;
import org.patchbay.api.InspectNode;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.RssConfig;

/**
 * The middleware: another endpoint whose frames are delayed, dropped, doubled, change places or are
 * corrupted. All that it adds to the endpoint behind keeps the contract, so that whatever goes
 * wrong with the frames, no id does.
 */
final class DisturbedEndpoint extends DelegatingEndpoint implements AutoCloseable {

  private final String name;
  private final Disturbance disturbance;
  // Volatile because inspect() comes from any thread.
  private volatile List<DisturbedQueue> queues = List.of();
  private @Nullable WakeTimer timer;

  /**
   * @param name of this endpoint
   * @param disturbance what to do to frames
   */
  DisturbedEndpoint(Endpoint delegate, String name, Disturbance disturbance) {
    super(delegate);
    this.name = name;
    this.disturbance = disturbance;
  }

  @Override
  public List<Queue> getQueues(List<QueueConfig> configs, @Nullable RssConfig rss)
      throws EndpointException {
    List<Queue> opened = super.getQueues(configs, rss);
    close(); // of queues that were closed meanwhile, as the call above went well
    WakeTimer wakes;
    try {
      wakes = new WakeTimer(name, configs.stream().map(QueueConfig::driver).toList());
    } catch (Throwable e) { // no thread to be had: nothing of this call is left behind
      opened.forEach(Queue::close);
      throw e;
    }
    timer = wakes;
    SplittableRandom random = new SplittableRandom(disturbance.seed());
    List<DisturbedQueue> disturbed = new ArrayList<>(opened.size());
    for (int i = 0; i < opened.size(); i++) {
      disturbed.add(new DisturbedQueue(opened.get(i), disturbance, random.split(), wakes.alarm(i)));
    }
    queues = List.copyOf(disturbed);
    return List.copyOf(disturbed);
  }

  @Override
  public void stop() {
    super.stop();
    close();
  }

  /** Ends the timer's thread, if there is one. */
  @Override
  public void close() {
    WakeTimer old = timer;
    timer = null;
    queues = List.of();
    if (old != null) {
      old.close();
    }
  }

  @Override
  public boolean isOrdered() {
    return disturbance.reorder() == 0 && super.isOrdered();
  }

  @Override
  public boolean txFastCompletions() {
    return !(disturbance.touchesSent() && disturbance.needsTimer()) && super.txFastCompletions();
  }

  @Override
  public void inspect(InspectNode node) {
    super.inspect(node);
    List<DisturbedQueue> shown = queues;
    for (int i = 0; i < shown.size(); i++) {
      shown.get(i).inspect(node.child("disturbed-" + i));
    }
  }
}
