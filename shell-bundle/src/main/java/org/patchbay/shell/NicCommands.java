package org.patchbay.shell;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.patchbay.api.EndpointException;
import org.patchbay.api.control.DisconnectableControl;
import org.patchbay.api.control.Nic;
import org.patchbay.api.control.Swap;
import org.patchbay.api.control.SwapRecord;

/** The commands that list NICs and change what is behind them. Any thread. */
final class NicCommands {

  private static final Duration SWAP_LIMIT = Duration.ofSeconds(10);

  /** A blackout ends with the first packet; a NIC without traffic is not waited for longer. */
  private static final int BLACKOUT_LOOKS = 20;

  private static final long LOOK_NANOS = Duration.ofMillis(10).toNanos();

  private final PlatformServices services;
  private final Pause pause;
  private final Duration swapLimit;

  NicCommands(PlatformServices services, Pause pause) {
    this(services, pause, SWAP_LIMIT);
  }

  /**
   * @param swapLimit how long a swap is waited for
   */
  NicCommands(PlatformServices services, Pause pause, Duration swapLimit) {
    this.services = services;
    this.pause = pause;
    this.swapLimit = swapLimit;
  }

  List<Command> commands() {
    return List.of(
        new Command(
            "nics",
            "",
            0,
            0,
            "lists the NICs and what is plugged to them",
            """
            WANTED was plugged last by an operator or configuration; CURRENT serves now, which may
            be a substitute, or '-' for the fallback that drops everything.""",
            arguments -> list(),
            Command.Completion.NONE),
        new Command(
            "plug",
            "NIC ENDPOINT",
            2,
            2,
            "connects an endpoint to a NIC, whose present one is swapped out",
            """
            It waits for the swap and prints the blackout (last packet through the old endpoint to
            first through the new), the switch (time for which the workers rested), the receive
            buffers taken back and the frames lost.""",
            this::plug,
            before ->
                switch (before.size()) {
                  case 0 -> services.nicNames();
                  case 1 -> services.endpointNames();
                  default -> List.of();
                }),
        new Command(
            "unplug",
            "NIC",
            1,
            1,
            "disconnects a NIC's endpoint; what the guest sends is dropped then",
            "Nothing is wanted any more, so that no endpoint takes over by itself.",
            this::unplug,
            before -> before.isEmpty() ? services.nicNames() : List.of()),
        new Command(
            "link",
            "NIC up|down",
            2,
            2,
            "sets the link that a NIC's guest sees",
            "The NIC follows soon; what is plugged stays.",
            this::link,
            before ->
                switch (before.size()) {
                  case 0 -> services.nicNames();
                  case 1 -> List.of("up", "down");
                  default -> List.of();
                }));
  }

  private String list() {
    List<String> names = services.nicNames();
    if (names.isEmpty()) {
      return "There are no NICs.";
    }
    Table table =
        new Table().heading("NAME", "FRONTEND", "LINK", "WANTED", "CURRENT", "TYPE", ">SWAPS");
    for (String name : names) {
      Optional<Nic> nic = services.findNic(name);
      Optional<DisconnectableControl> control = services.findControl(name);
      table.row(
          name,
          nic.map(Nic::frontend).orElse(""),
          nic.map(n -> n.isLinkUp() ? "up" : "down").orElse(""),
          control.flatMap(DisconnectableControl::wanted).orElse(""),
          control.flatMap(DisconnectableControl::current).orElse(""),
          control.map(DisconnectableControl::currentType).orElse(""),
          nic.map(n -> Long.toString(n.statistics().swaps())).orElse(""));
    }
    return table.render();
  }

  private String plug(List<String> arguments) throws CommandRefused, InterruptedException {
    String endpoint = arguments.get(1);
    DisconnectableControl control = services.control(arguments.get(0));
    return await(control, control.plug(endpoint), "plugged to " + endpoint);
  }

  private String unplug(List<String> arguments) throws CommandRefused, InterruptedException {
    DisconnectableControl control = services.control(arguments.getFirst());
    return await(control, control.unplug(), "unplugged");
  }

  private String await(DisconnectableControl control, CompletionStage<Swap> stage, String what)
      throws CommandRefused, InterruptedException {
    String nic = control.nic();
    try {
      Swap swap = stage.toCompletableFuture().get(swapLimit.toNanos(), TimeUnit.NANOSECONDS);
      return describe(withBlackout(control, swap.record()));
    } catch (TimeoutException e) {
      throw new CommandRefused(
          nic
              + " was not "
              + what
              + " within "
              + swapLimit.toSeconds()
              + " s, but still may be; see: inspect "
              + nic,
          e);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      String reason = cause instanceof EndpointException ? cause.getMessage() : cause.toString();
      throw new CommandRefused(
          nic + " was not " + what + ": " + reason + "; " + whereItIs(control), e);
    }
  }

  /** The record with its blackout, if a packet passes soon enough to know it. */
  private SwapRecord withBlackout(DisconnectableControl control, SwapRecord swap)
      throws InterruptedException {
    SwapRecord newest = swap;
    for (int look = 0; look < BLACKOUT_LOOKS && newest.blackoutNanos() < 0; look++) {
      pause.await(LOOK_NANOS);
      newest =
          control.records().stream()
              .filter(one -> one.generation() == swap.generation())
              .reduce(newest, (earlier, later) -> later);
    }
    return newest;
  }

  private static String whereItIs(DisconnectableControl control) {
    return control
        .current()
        .map(current -> control.nic() + " is on " + current)
        .orElse("nothing is plugged to " + control.nic());
  }

  private static String describe(SwapRecord swap) {
    return swap.nic()
        + ": "
        + swap.from()
        + " -> "
        + swap.to()
        + ", blackout "
        + Units.blackout(swap.blackoutNanos())
        + ", switch "
        + Units.micros(swap.switchNanos())
        + ", "
        + count(swap.buffersReturned(), "buffer")
        + " returned, "
        + count(swap.framesLost(), "frame")
        + " lost";
  }

  private static String count(long number, String noun) {
    return number + " " + (number == 1 ? noun : noun + "s");
  }

  private String link(List<String> arguments) throws CommandRefused {
    Nic nic = services.nic(arguments.get(0));
    boolean up =
        switch (arguments.get(1)) {
          case "up" -> true;
          case "down" -> false;
          default ->
              throw new CommandRefused(
                  "A link can't be '" + arguments.get(1) + "'; write up or down");
        };
    try {
      nic.setLink(up);
    } catch (EndpointException e) {
      throw new CommandRefused("The link of " + nic.name() + " stays: " + e.getMessage(), e);
    }
    return nic.name() + ": link " + (up ? "up" : "down");
  }
}
