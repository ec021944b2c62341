package org.patchbay.frontend;

import org.patchbay.api.InspectNode;
import org.patchbay.api.control.Nic;
import org.patchbay.api.control.NicStatistics;

/** A NIC as operators see it. Any thread. */
final class EngineNic implements Nic {

  private final EngineSettings settings;
  private final Coordinator coordinator;
  private final EngineWorker worker;
  private final RingPair rings;

  EngineNic(EngineSettings settings, Coordinator coordinator, EngineWorker worker, RingPair rings) {
    this.settings = settings;
    this.coordinator = coordinator;
    this.worker = worker;
    this.rings = rings;
  }

  @Override
  public String name() {
    return settings.nic().name();
  }

  @Override
  public String frontend() {
    return settings.frontend();
  }

  @Override
  public boolean isLinkUp() {
    return coordinator.port().isLinkUp();
  }

  @Override
  public void setLink(boolean up) {
    coordinator.port().setLink(up);
  }

  @Override
  public NicStatistics statistics() {
    PortCounters counters = coordinator.port().counters();
    return new NicStatistics(
        counters.txPackets.get(),
        counters.txBytes.get(),
        counters.rxPackets.get(),
        counters.rxBytes.get(),
        counters.txDropped.get(),
        counters.txLost.get(),
        coordinator.txErrors(),
        coordinator.rxErrors(),
        coordinator.restarts(),
        counters.refusedIds.get(),
        counters.idsOutstanding.get(),
        (int) counters.txInFlight.get(),
        (int) counters.rxPosted.get());
  }

  @Override
  public void inspect(InspectNode node) {
    node.value("frontend", frontend());
    node.value("link", isLinkUp() ? "up" : "down");
    node.value("mac", settings.macAddress().toString());
    node.value("mtu", settings.mtu());
    node.value("hold-ms", settings.holdNanos() / 1_000_000);
    node.value("worker", worker.threadState());
    node.value("rx-discarded", coordinator.port().counters().rxDiscarded.get());
    rings.inspect(node.child("rings"));
  }
}
