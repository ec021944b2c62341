package org.patchbay.shell;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.Endpoint;
import org.patchbay.api.InspectNode;
import org.patchbay.api.control.DisconnectableControl;
import org.patchbay.api.control.Swap;
import org.patchbay.api.control.SwapReason;
import org.patchbay.api.control.SwapRecord;

/** The operator's side of a NIC; the test completes its swaps, or lets them succeed at once. */
final class FakeControl implements DisconnectableControl {

  private final String nic;
  final List<SwapRecord> records = new ArrayList<>();
  @Nullable CompletableFuture<Swap> next;
  @Nullable String wanted;
  @Nullable String current;
  long blackoutNanos = 42_000;

  FakeControl(String nic) {
    this.nic = nic;
  }

  static SwapRecord record(
      String nic, String from, String to, long generation, SwapReason reason, long blackout) {
    return new SwapRecord(
        Instant.parse("2026-01-02T03:04:05.678Z"),
        nic,
        from,
        to,
        generation,
        reason,
        null,
        9_400,
        blackout,
        256,
        1);
  }

  @Override
  public String nic() {
    return nic;
  }

  @Override
  public CompletionStage<Swap> plug(String endpoint) {
    wanted = endpoint;
    return swap(endpoint, SwapReason.PLUGGED);
  }

  @Override
  public CompletionStage<Swap> unplug() {
    wanted = null;
    return swap(null, SwapReason.UNPLUGGED);
  }

  private CompletionStage<Swap> swap(@Nullable String to, SwapReason reason) {
    if (next != null) {
      return next;
    }
    SwapRecord record =
        record(
            nic,
            current == null ? SwapRecord.FALLBACK : current,
            to == null ? SwapRecord.FALLBACK : to,
            records.size() + 1,
            reason,
            blackoutNanos);
    current = to;
    records.add(record);
    return CompletableFuture.completedFuture(new Swap(record, null));
  }

  @Override
  public CompletionStage<Swap> connect(String name, Endpoint endpoint) {
    throw new UnsupportedOperationException("no command connects objects");
  }

  @Override
  public Optional<String> wanted() {
    return Optional.ofNullable(wanted);
  }

  @Override
  public Optional<String> current() {
    return Optional.ofNullable(current);
  }

  @Override
  public String currentType() {
    return current == null ? "null" : "tap";
  }

  @Override
  public List<SwapRecord> records() {
    return List.copyOf(records);
  }

  @Override
  public void inspect(InspectNode node) {
    node.value("generation", records.size());
  }

  @Override
  public void inspectEndpoint(InspectNode node) {
    node.value("interface", "tap-" + nic);
  }
}
