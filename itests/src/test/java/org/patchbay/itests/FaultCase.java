package org.patchbay.itests;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One fault, as {@code docs/faults.md} lists it.
 *
 * @param name what the table calls it
 * @param keys the fault endpoint's configuration
 * @param ending what the platform does
 * @param cause what the operator's record says of it, a part of its text
 * @param rate frames a second of the NIC that has the fault
 * @param length for how long its neighbour is watched, at least
 */
record FaultCase(
    String name, Map<String, String> keys, Ending ending, String cause, int rate, Length length) {

  /** How long a run takes. */
  enum Length {
    /** The platform sees the fault at once. */
    SHORT(150),
    /** It has to wait for a call that does not return. */
    LONG(2000);

    private final int millis;

    Length(int millis) {
      this.millis = millis;
    }

    /** Milliseconds for which the neighbour is watched, at least. */
    int millis() {
      return millis;
    }
  }

  /** What the platform does, and what makes the fault happen. */
  enum Ending {
    /** Traffic does; the NIC goes to its next match, else to its fallback. */
    LOST("unplugs it"),
    /** The plug does; the NIC stays where it was. */
    REFUSED("refuses the plug"),
    /** An unplug does; the NIC is on its fallback. */
    UNPLUGGED("lets it go"),
    /** An inspection does, which tells; the NIC stays. */
    INSPECTED("tells the inspection"),
    /** There is no endpoint to plug; the NIC stays where it was. */
    ABSENT("has no such endpoint"),
    /** It is no end of the plug: the NIC stays. */
    TOLERATED("goes on with it");

    private final String text;

    Ending(String text) {
      this.text = text;
    }

    String text() {
      return text;
    }
  }

  private static final int RATE = 2000;

  // So many calls go well, some 25 ms of traffic.
  private static final String AFTER = "50";

  private static final List<String> IN_TRAFFIC =
      List.of("pollReady", "rxAvail", "rxPoll", "txAvail", "txPoll");
  private static final List<String> AT_PLUG =
      List.of(
          "endpointType",
          "isOrdered",
          "txOffloadSupport",
          "carriesVlan",
          "multiQueueSupport",
          "txFastCompletions",
          "linkSpeed",
          "getQueues",
          "statistics");

  private static FaultCase of(
      String fault, String in, Ending ending, String cause, Length length, String... more) {
    Map<String, String> keys = new HashMap<>(Map.of("fault", fault, "in", in));
    if (ending == Ending.LOST) {
      keys.put("after", AFTER);
    }
    for (int i = 0; i < more.length; i += 2) {
      keys.put(more[i], more[i + 1]);
    }
    return new FaultCase(fault + " in " + in, keys, ending, cause, RATE, length);
  }

  /**
   * Which frames of its NIC are not as they should be, by their names in an inspection: some of one
   * of these kinds.
   */
  List<String> badFrames() {
    return switch (name) {
      case "middleware: corrupt" -> List.of("corrupt", "foreign");
      case "middleware: duplicate" -> List.of("duplicates");
      case "middleware: reorder", "lie-order in txAvail" -> List.of("reordered");
      default -> List.of();
    };
  }

  /** Whether a native call holds guest memory until the fault's configuration ends. */
  boolean setsAside() {
    return name.startsWith("block-native");
  }

  /** Whether a thread of the endpoint's own misuses buffers, which ends no plug. */
  boolean misusesAside() {
    return name.startsWith("buffer-after-close") || name.startsWith("buffer-other-thread");
  }

  private FaultCase at(int framesPerSecond) {
    return new FaultCase(name, keys, ending, cause, framesPerSecond, length);
  }

  private FaultCase without(String key) {
    Map<String, String> fewer = new HashMap<>(keys);
    fewer.remove(key);
    return new FaultCase(name, fewer, ending, cause, rate, length);
  }

  /** Every fault of the table, in its order. */
  static List<FaultCase> all() {
    List<FaultCase> all = new ArrayList<>();
    throwing(all);
    counting(all);
    buffers(all);
    blocking(all);
    registering(all);
    tolerated(all);
    return all;
  }

  private static void throwing(List<FaultCase> all) {
    for (String in : IN_TRAFFIC) {
      all.add(exception(in, Ending.LOST));
    }
    all.add(exception("failure", Ending.LOST).without("after"));
    all.add(exception("waitForEndpointAction", Ending.LOST).without("after"));
    for (String in : AT_PLUG) {
      all.add(exception(in, Ending.REFUSED));
    }
    all.add(exception("close", Ending.UNPLUGGED));
    all.add(exception("stop", Ending.UNPLUGGED));
    all.add(exception("inspect", Ending.INSPECTED));
    all.add(exception("activate", Ending.ABSENT));
    for (String[] error :
        new String[][] {
          {"throw-stack-overflow", "StackOverflowError"},
          {"throw-linkage", "NoClassDefFoundError"},
          {"throw-out-of-memory", "OutOfMemoryError"}
        }) {
      all.add(of(error[0], "txAvail", Ending.LOST, error[1], Length.SHORT));
      all.add(of(error[0], "getQueues", Ending.REFUSED, error[1], Length.SHORT));
    }
  }

  private static FaultCase exception(String in, Ending ending) {
    return of(
        "throw-exception",
        in,
        ending,
        "made by endpoint " + FaultRig.ENDPOINT + " in " + in,
        Length.SHORT);
  }

  private static void counting(List<FaultCase> all) {
    for (String in : List.of("rxAvail", "rxPoll", "txAvail", "txPoll")) {
      all.add(of("count-too-many", in, Ending.LOST, in + " answered", Length.SHORT));
      all.add(of("count-negative", in, Ending.LOST, in + " answered -77", Length.SHORT));
    }
    for (String in : List.of("rxPoll", "txPoll")) {
      all.add(of("id-twice", in, Ending.LOST, "which it did not hold", Length.SHORT));
      all.add(of("id-unknown", in, Ending.LOST, "which it did not hold", Length.SHORT));
      all.add(of("id-never", in, Ending.TOLERATED, "", Length.SHORT));
    }
  }

  private static void buffers(List<FaultCase> all) {
    all.add(
        of("buffer-after-return", "txAvail", Ending.LOST, "which it did not hold", Length.SHORT)
            .at(50_000));
    all.add(of("buffer-past-capacity", "rxPoll", Ending.LOST, "beyond the end", Length.SHORT));
    all.add(of("buffer-after-close", "close", Ending.UNPLUGGED, "", Length.SHORT));
    all.add(of("buffer-other-thread", "txAvail", Ending.TOLERATED, "", Length.SHORT));
  }

  private static void blocking(List<FaultCase> all) {
    for (String in : IN_TRAFFIC) {
      all.add(of("block", in, Ending.LOST, "return", Length.LONG));
    }
    for (String in : List.of("rxPoll", "txAvail")) {
      all.add(of("block-native", in, Ending.LOST, "return", Length.LONG));
    }
    for (String in : List.of("getQueues", "isOrdered", "statistics")) {
      all.add(of("block", in, Ending.REFUSED, "does not return", Length.LONG));
    }
    all.add(of("block", "close", Ending.UNPLUGGED, "close does not return", Length.LONG));
    all.add(of("block", "stop", Ending.UNPLUGGED, "stop does not return", Length.LONG));
    all.add(of("block", "inspect", Ending.INSPECTED, "did not answer", Length.LONG));
    all.add(
        of(
            "block",
            "waitForEndpointAction",
            Ending.UNPLUGGED,
            "ignores its interrupt",
            Length.LONG));
    all.add(of("block", "activate", Ending.ABSENT, "", Length.SHORT));
  }

  private static void registering(List<FaultCase> all) {
    all.add(of("unregister", "txAvail", Ending.LOST, "unregistered itself", Length.SHORT));
    all.add(of("unregister", "rxPoll", Ending.LOST, "unregistered itself", Length.SHORT));
    all.add(
        of("unregister", "getQueues", Ending.LOST, "unregistered itself", Length.SHORT)
            .without("after"));
    all.add(
        of(
            "take-name",
            "getQueues",
            Ending.TOLERATED,
            "is shadowed",
            Length.SHORT,
            "takes",
            "loopback"));
    all.add(
        of(
            "register-many",
            "getQueues",
            Ending.TOLERATED,
            "has registered 256 endpoints",
            Length.SHORT));
  }

  private static void tolerated(List<FaultCase> all) {
    all.add(of("wake-storm", "getQueues", Ending.TOLERATED, "", Length.SHORT));
    all.add(of("lie-order", "txAvail", Ending.TOLERATED, "", Length.SHORT));
    all.add(of("leak", "getQueues", Ending.TOLERATED, "", Length.SHORT));
    all.add(disturbing("delay", "5"));
    all.add(disturbing("drop", "5"));
    all.add(disturbing("duplicate", "5"));
    all.add(disturbing("reorder", "5"));
    all.add(disturbing("corrupt", "5"));
  }

  private static FaultCase disturbing(String key, String value) {
    return new FaultCase(
        "middleware: " + key,
        Map.of("around", FaultRig.BEHIND, key, value),
        Ending.TOLERATED,
        "",
        RATE,
        Length.SHORT);
  }
}
