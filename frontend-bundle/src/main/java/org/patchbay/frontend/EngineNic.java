package org.patchbay.frontend;

import java.util.List;
import org.patchbay.api.InspectNode;
import org.patchbay.api.control.Nic;
import org.patchbay.api.control.NicStatistics;

/** A NIC as operators see it. Any thread. */
final class EngineNic implements Nic {

  private final EngineSettings settings;
  private final Coordinator coordinator;
  private final List<EngineWorker> workers;

  EngineNic(EngineSettings settings, Coordinator coordinator, List<EngineWorker> workers) {
    this.settings = settings;
    this.coordinator = coordinator;
    this.workers = workers;
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
    return coordinator.isLinkUp();
  }

  @Override
  public void setLink(boolean up) {
    coordinator.setLink(up);
  }

  @Override
  public NicStatistics statistics() {
    return coordinator.statistics();
  }

  @Override
  public void inspect(InspectNode node) {
    PairSet pairs = coordinator.pairs();
    node.value("frontend", frontend());
    node.value("link", isLinkUp() ? "up" : "down");
    node.value("mac", settings.macAddress().toString());
    node.value("mtu", settings.mtu());
    node.value("hold-ms", settings.holdNanos() / 1_000_000);
    for (EngineWorker worker : workers) {
      node.value("worker", worker.threadState());
    }
    for (StuckCall stuck : coordinator.stuckCalls()) {
      node.value("stuck-thread", stuck.describe());
    }
    node.value("queues", coordinator.queueCount());
    node.value("receive-ids-set-aside", pairs.sum(counters -> counters.rxSetAside));
    node.value("memory-faults", coordinator.memoryFaults());
    node.value("rx-discarded", pairs.sum(counters -> counters.rxDiscarded));
    node.value("tx-software-offloads", pairs.sum(counters -> counters.txTreated));
    node.value("tx-bad-headers", pairs.sum(counters -> counters.txBadHeaders));
    if (pairs.size() == 1) {
      pairs.get(0).rings().inspect(node.child("rings"));
      return;
    }
    for (int i = 0; i < pairs.size(); i++) {
      inspect(pairs.get(i), node.child("pair " + i));
    }
  }

  private static void inspect(PairPath pair, InspectNode node) {
    PortCounters counters = pair.counters();
    node.value("worker", pair.workerName());
    node.value("tx-packets", counters.txPackets.get());
    node.value("rx-packets", counters.rxPackets.get());
    node.value("rx-copied", counters.rxCopied.get());
    node.value("rx-missteered", counters.rxMissteered.get());
    node.value("rx-posted", counters.rxPosted.get());
    node.value("receive-ids-set-aside", counters.rxSetAside.get());
    node.value("tx-in-flight", counters.txInFlight.get());
    node.value("ids-outstanding", counters.idsOutstanding.get());
    pair.rings().inspect(node.child("rings"));
  }
}
