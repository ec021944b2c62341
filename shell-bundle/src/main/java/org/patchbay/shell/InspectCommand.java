package org.patchbay.shell;

import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.patchbay.api.InspectNode;
import org.patchbay.api.control.DisconnectableControl;
import org.patchbay.api.control.EndpointInfo;
import org.patchbay.api.control.Nic;
import org.patchbay.api.control.StuckThread;
import org.patchbay.api.control.SwapRecord;

/**
 * The command that shows everything there is to know of a NIC or an endpoint. Any thread; what a
 * vendor's object has to say it says on a thread of the disconnectable, within a second.
 */
final class InspectCommand {

  /** How many of the last records are shown. */
  private static final int RECORDS = 16;

  private final PlatformServices services;

  InspectCommand(PlatformServices services) {
    this.services = services;
  }

  Command command() {
    return new Command(
        "inspect",
        "NAME",
        1,
        1,
        "shows settings, state, counters and last swaps of a NIC, or what an endpoint is",
        "NAME is a NIC or an endpoint; if both have that name, both are shown.",
        this::run,
        before ->
            before.isEmpty()
                ? Stream.concat(services.nicNames().stream(), services.endpointNames().stream())
                    .toList()
                : List.of());
  }

  private String run(List<String> arguments) throws CommandRefused {
    String name = arguments.getFirst();
    StringBuilder text = new StringBuilder();
    Optional<Nic> nic = services.findNic(name);
    Optional<DisconnectableControl> control = services.findControl(name);
    if (nic.isPresent() || control.isPresent()) {
      text.append("NIC ").append(name).append('\n');
      nic.ifPresent(present -> describe(present, text));
      control.ifPresent(present -> describe(present, text));
    }
    for (EndpointInfo endpoint : services.endpoints()) {
      if (endpoint.name().equals(name)) {
        describe(endpoint, text);
      }
    }
    if (text.isEmpty()) {
      throw new CommandRefused(
          "There is no NIC and no endpoint '"
              + name
              + "'; "
              + PlatformServices.thereAre("NICs", services.nicNames())
              + "; "
              + PlatformServices.thereAre("endpoints", services.endpointNames()));
    }
    return text.toString().stripTrailing();
  }

  private static void describe(Nic nic, StringBuilder text) {
    InspectNode node = new InspectNode();
    node.value("frontend", nic.frontend());
    node.value("link", nic.isLinkUp() ? "up" : "down");
    nic.inspect(node.child("engine"));
    StatsCommand.write(nic.statistics(), node);
    text.append(node.render().indent(2));
  }

  private static void describe(DisconnectableControl control, StringBuilder text) {
    InspectNode node = new InspectNode();
    control.inspect(node.child("disconnectable"));
    if (control.current().isPresent()) {
      control.inspectEndpoint(node.child("endpoint " + control.current().orElse("")));
    }
    text.append(node.render().indent(2));
    List<SwapRecord> records = control.records();
    if (!records.isEmpty()) {
      text.append("  last swaps\n").append(table(records).indent(4));
    }
  }

  private static String table(List<SwapRecord> records) {
    Table table =
        new Table()
            .heading(
                "TIME",
                ">GENERATION",
                "FROM",
                "TO",
                "WHY",
                ">BLACKOUT",
                ">SWITCH",
                ">BUFFERS",
                ">LOST",
                "FAILURE");
    for (SwapRecord swap : records.subList(Math.max(0, records.size() - RECORDS), records.size())) {
      String failure = swap.failure();
      table.row(
          swap.time().truncatedTo(ChronoUnit.MILLIS),
          swap.generation(),
          swap.from(),
          swap.to(),
          swap.reason().name().toLowerCase(Locale.ROOT).replace('_', ' '),
          swap.blackoutNanos() < 0 ? "open" : Units.micros(swap.blackoutNanos()),
          Units.micros(swap.switchNanos()),
          swap.buffersReturned(),
          swap.framesLost(),
          failure == null ? "" : failure);
    }
    return table.render();
  }

  private void describe(EndpointInfo endpoint, StringBuilder text) {
    InspectNode node = new InspectNode();
    node.value("type", endpoint.type());
    node.value("state", EndpointCommands.state(endpoint));
    node.value("used by", endpoint.usedBy().isEmpty() ? "-" : String.join(", ", endpoint.usedBy()));
    node.value("instances", endpoint.prototype() ? "one for each plug" : "one");
    node.value("ordered", endpoint.ordered());
    node.value("max queues", endpoint.maxQueues());
    node.value("link speed", Units.bitsPerSecond(endpoint.linkSpeed()));
    node.value(
        "offloads", endpoint.offloads().isEmpty() ? "-" : String.join(", ", endpoint.offloads()));
    node.value("bundle", endpoint.bundle() + " " + endpoint.version());
    node.value("vendor", endpoint.vendor().isEmpty() ? "-" : endpoint.vendor());
    for (StuckThread stuck : services.stuckThreads(endpoint.name())) {
      node.value("stuck-thread", stuck.describe());
    }
    if (!endpoint.shadowed()) {
      for (String nic : endpoint.usedBy()) {
        services
            .findControl(nic)
            .ifPresent(control -> control.inspectEndpoint(node.child("plugged to " + nic)));
      }
    }
    text.append("endpoint ").append(endpoint.name()).append('\n').append(node.render().indent(2));
  }
}
