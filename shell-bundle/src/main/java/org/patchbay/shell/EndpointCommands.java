package org.patchbay.shell;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.patchbay.api.EndpointException;
import org.patchbay.api.control.EndpointInfo;

/** The commands that list, make and remove endpoints. Any thread. */
final class EndpointCommands {

  private final PlatformServices services;

  EndpointCommands(PlatformServices services) {
    this.services = services;
  }

  List<Command> commands() {
    return List.of(
        new Command(
            "endpoints",
            "",
            0,
            0,
            "lists the endpoints that can be plugged",
            """
            USE is 'each plug' for an endpoint of which every plug takes an instance of its own,
            'shadowed' for one that can't be plugged because an older one has its name, else the
            NIC that it is plugged to or 'free'.""",
            arguments -> list(),
            Command.Completion.NONE),
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

  private String list() {
    List<EndpointInfo> endpoints = services.endpoints();
    if (endpoints.isEmpty()) {
      return "There are no endpoints.";
    }
    Table table =
        new Table()
            .heading("NAME", "TYPE", "USE", ">QUEUES", "ORDERED", ">SPEED", "OFFLOADS", "BUNDLE");
    for (EndpointInfo endpoint : endpoints) {
      table.row(
          endpoint.name(),
          endpoint.type(),
          use(endpoint),
          endpoint.maxQueues(),
          endpoint.ordered() ? "yes" : "no",
          Units.bitsPerSecond(endpoint.linkSpeed()),
          String.join(",", endpoint.offloads()),
          endpoint.bundle() + " " + endpoint.version());
    }
    return table.render();
  }

  /** How an endpoint is used, in a word or the names of its NICs. */
  static String use(EndpointInfo endpoint) {
    if (endpoint.shadowed()) {
      return "shadowed";
    }
    if (!endpoint.usedBy().isEmpty()) {
      return String.join(",", endpoint.usedBy());
    }
    return endpoint.prototype() ? "each plug" : "free";
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
