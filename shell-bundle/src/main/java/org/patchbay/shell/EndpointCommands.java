package org.patchbay.shell;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.patchbay.api.EndpointException;
import org.patchbay.api.control.EndpointInfo;

/** The commands that list, make and remove endpoints. Any thread. */
final class EndpointCommands {

  private static final List<String> COLUMNS =
      List.of(
          "name",
          "type",
          "state",
          "used-by",
          "bundle",
          "version",
          "vendor",
          "queues",
          "ordered",
          "speed",
          "offloads");

  private final PlatformServices services;

  EndpointCommands(PlatformServices services) {
    this.services = services;
  }

  List<Command> commands() {
    return List.of(
        new Command(
            "endpoints",
            "[FILTER...]",
            0,
            Integer.MAX_VALUE,
            "lists the endpoints that can be plugged",
            """
            STATE is 'each plug' for an endpoint of which every plug takes an instance of its own,
            'shadowed' for one that can't be plugged because an older one has its name, else
            'plugged' or 'free'. USED BY names NICs and wrappers. VERSION is the bundle's; VENDOR
            is what the backend's capability says, else the bundle's.
            A FILTER is a text that is anywhere in the line, or COLUMN=TEXT; several must all fit.
            Example: endpoints type=tap state=free""",
            this::list,
            before -> COLUMNS.stream().map(column -> column + "=").toList()),
        new Command(
            "create",
            "TYPE [KEY=VALUE...]",
            1,
            Integer.MAX_VALUE,
            "makes an endpoint and waits until it can be plugged",
            """
            The keys are the backend's own; 'name' is the endpoint's name and has a default.
            Example: create tap name=tap1 ifname=tap1 up=true""",
            this::create,
            before -> before.isEmpty() ? services.types() : List.of("name=")),
        new Command(
            "delete",
            "NAME",
            1,
            1,
            "removes an endpoint that create or a configuration made",
            "A NIC that it is plugged to takes the next match of its failover filter, or drops.",
            this::delete,
            before -> before.isEmpty() ? services.endpointNames() : List.of()));
  }

  private String list(List<String> filters) throws CommandRefused {
    List<EndpointInfo> endpoints = services.endpoints();
    if (endpoints.isEmpty()) {
      return "There are no endpoints.";
    }
    List<Map<String, String>> rows = new ArrayList<>();
    for (EndpointInfo endpoint : endpoints) {
      rows.add(row(endpoint));
    }
    for (String filter : filters) {
      rows.removeIf(fitsNot(filter));
    }
    String count = rows.size() + " of " + endpoints.size() + " endpoints";
    if (rows.isEmpty()) {
      return count + ".";
    }
    Table table =
        new Table()
            .heading(
                "NAME",
                "TYPE",
                "STATE",
                "USED BY",
                "BUNDLE",
                "VERSION",
                "VENDOR",
                ">QUEUES",
                "ORDERED",
                ">SPEED",
                "OFFLOADS");
    rows.forEach(row -> table.row(row.values().toArray()));
    return table.render() + (filters.isEmpty() ? "" : "\n" + count + ".");
  }

  /** The cells of a line by the names that filters have for them, in order. */
  private static Map<String, String> row(EndpointInfo endpoint) {
    Map<String, String> row = new LinkedHashMap<>();
    row.put("name", endpoint.name());
    row.put("type", endpoint.type());
    row.put("state", state(endpoint));
    row.put("used-by", endpoint.shadowed() ? "" : String.join(",", endpoint.usedBy()));
    row.put("bundle", endpoint.bundle());
    row.put("version", endpoint.version());
    row.put("vendor", endpoint.vendor());
    row.put("queues", Integer.toString(endpoint.maxQueues()));
    row.put("ordered", endpoint.ordered() ? "yes" : "no");
    row.put("speed", Units.bitsPerSecond(endpoint.linkSpeed()));
    row.put("offloads", String.join(",", endpoint.offloads()));
    return row;
  }

  private static Predicate<Map<String, String>> fitsNot(String filter) throws CommandRefused {
    int equals = filter.indexOf('=');
    if (equals < 0) {
      return row -> row.values().stream().noneMatch(cell -> cell.contains(filter));
    }
    String column = filter.substring(0, equals);
    String text = filter.substring(equals + 1);
    if (!COLUMNS.contains(column)) {
      throw new CommandRefused(
          "There is no column '" + column + "'; the columns are: " + String.join(", ", COLUMNS));
    }
    return row -> !row.getOrDefault(column, "").contains(text);
  }

  /** Whether an endpoint can be plugged, in a word or two. */
  static String state(EndpointInfo endpoint) {
    if (endpoint.shadowed()) {
      return "shadowed";
    }
    if (endpoint.prototype()) {
      return "each plug";
    }
    return endpoint.usedBy().isEmpty() ? "free" : "plugged";
  }

  private String create(List<String> arguments) throws CommandRefused, InterruptedException {
    String type = arguments.getFirst();
    Map<String, String> parameters = new LinkedHashMap<>();
    for (String argument : arguments.subList(1, arguments.size())) {
      int equals = argument.indexOf('=');
      if (equals <= 0) {
        throw new CommandRefused(
            "'" + argument + "' is no parameter; write KEY=VALUE, such as name=" + type + "1");
      }
      String key = argument.substring(0, equals);
      if (parameters.put(key, argument.substring(equals + 1)) != null) {
        throw new CommandRefused("The parameter '" + key + "' is given twice; give it once");
      }
    }
    try {
      return services.resolver().create(type, parameters) + " is there.";
    } catch (EndpointException e) {
      throw new CommandRefused("No " + type + " was created: " + e.getMessage(), e);
    }
  }

  private String delete(List<String> arguments) throws CommandRefused, InterruptedException {
    String name = arguments.getFirst();
    try {
      services.resolver().delete(name);
    } catch (EndpointException e) {
      throw new CommandRefused("'" + name + "' was not deleted: " + e.getMessage(), e);
    }
    return name + " is gone.";
  }
}
