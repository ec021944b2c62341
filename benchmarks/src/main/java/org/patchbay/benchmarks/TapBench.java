package org.patchbay.benchmarks;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.patchbay.api.Endpoint;
import org.patchbay.api.driver.WorkerWaitFactory;
import org.patchbay.drills.rig.Await;
import org.patchbay.drills.rig.Namespace;
import org.patchbay.drills.rig.RigException;

/**
 * Time per frame through a TAP endpoint's queue, beside C's write loop and read loop on a TAP of
 * its own in the same namespace.
 */
final class TapBench implements Bench {

  private static final int MILLISECONDS = 300;
  private static final int WARM_UP_MILLISECONDS = 2000;

  /** Frames in a drain: below the interface's queue length of 1000. */
  private static final int DRAIN = 256;

  private static final int DRAINS = 40;
  private static final String OURS = "pbours";
  private static final String THEIRS = "pbtheirs";

  /** A length of frames, with the targets and what the C loops took on the reference machine. */
  private record Size(int bytes, double limit, double figure) {}

  private static final List<Size> TRANSMIT =
      List.of(new Size(64, 1.05, 1033), new Size(1500, 1.05, 1070), new Size(65014, 1.05, 7630));
  private static final List<Size> RECEIVE =
      List.of(new Size(64, 1.15, 746), new Size(1500, 1.05, 809));

  @Override
  public String name() {
    return "tap";
  }

  @Override
  public String title() {
    return "frames through a TAP endpoint, beside write and read loops in C";
  }

  @Override
  public boolean needsRoot() {
    return true;
  }

  @Override
  public void run(Yard yard, Report report) throws RigException, InterruptedException {
    String yardstick = yard.compile("tap_loop");
    Namespace namespace = Namespace.create(yard.cleanup(), "tap");
    EmbeddedPlatform platform = EmbeddedPlatform.start(yard);
    platform.configure(
        "org.patchbay.tap",
        "bench",
        Map.of("name", "bench", "ifname", OURS, "netns", namespace.name(), "up", "true"));
    TapSubject subject =
        TapSubject.open(
            platform.service(Endpoint.class, "(" + Endpoint.PROPERTY_NAME + "=bench)"),
            platform.service(WorkerWaitFactory.class, null),
            yard.cleanup());
    for (Size size : TRANSMIT) {
      subject.transmit(size.bytes, WARM_UP_MILLISECONDS * 1_000_000L);
      report.add(
          Rounds.inTurn(
              "tap transmit %d B".formatted(size.bytes),
              "ns/frame",
              () -> transmit(subject, namespace, size.bytes),
              () ->
                  Double.parseDouble(
                      Yard.run(
                          namespace.inside(
                              yardstick,
                              "write",
                              THEIRS,
                              Integer.toString(size.bytes),
                              Integer.toString(MILLISECONDS)))),
              Target.ratioAtMost(size.limit),
              size.figure));
    }
    for (Size size : RECEIVE) {
      report.add(receive(yard, namespace, subject, yardstick, size));
    }
  }

  private static double transmit(TapSubject subject, Namespace namespace, int bytes)
      throws RigException, InterruptedException {
    long before = namespace.counter(OURS, "rx_packets");
    TapSubject.Sent sent = subject.transmit(bytes, MILLISECONDS * 1_000_000L);
    long taken = namespace.counter(OURS, "rx_packets") - before;
    if (taken != sent.frames()) {
      throw new RigException(
          "The kernel took " + taken + " frames of " + sent.frames() + " that were sent.");
    }
    return sent.nanosPerFrame();
  }

  private static Row receive(
      Yard yard, Namespace namespace, TapSubject subject, String yardstick, Size size)
      throws RigException, InterruptedException {
    Responder theirs = responder(yard, namespace, yardstick, "drain", THEIRS, size);
    // Behind the yardstick's own start: its interface is there now.
    Responder toTheirs = responder(yard, namespace, yardstick, "inject", THEIRS, size);
    Responder toOurs = responder(yard, namespace, yardstick, "inject", OURS, size);
    drains(toOurs, () -> subject.drain(size.bytes, DRAIN));
    drains(toTheirs, () -> Double.parseDouble(theirs.ask()));
    Row row =
        Rounds.inTurn(
            "tap receive %d B".formatted(size.bytes),
            "ns/frame",
            () -> drains(toOurs, () -> subject.drain(size.bytes, DRAIN)),
            () -> drains(toTheirs, () -> Double.parseDouble(theirs.ask())),
            Target.ratioAtMost(size.limit),
            size.figure);
    for (Responder responder : List.of(toOurs, toTheirs, theirs)) {
      responder.end();
    }
    // The interface goes with its process, and the next size makes it anew.
    Await.until(
        "an end of " + THEIRS, Duration.ofSeconds(5), () -> !namespace.hasInterface(THEIRS));
    return row;
  }

  private static Responder responder(
      Yard yard, Namespace namespace, String yardstick, String what, String device, Size size)
      throws RigException {
    return Responder.start(
        yard.cleanup(),
        "tap_loop " + what,
        namespace.inside(
            yardstick, what, device, Integer.toString(size.bytes), Integer.toString(DRAIN)));
  }

  /** The median of several drains, each after frames were injected. */
  private static double drains(Responder injector, Rounds.Measurement drain)
      throws RigException, InterruptedException {
    double[] values = new double[DRAINS];
    for (int i = 0; i < DRAINS; i++) {
      injector.ask();
      values[i] = drain.measure();
    }
    Arrays.sort(values);
    return values[DRAINS / 2];
  }
}
