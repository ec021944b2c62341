package org.patchbay.drills;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.patchbay.drills.rig.Capture;
import org.patchbay.drills.rig.EchoAccount;
import org.patchbay.drills.rig.Frame;
import org.patchbay.drills.rig.RigException;

/**
 * The story of a virtual machine whose network moves: a Linux guest in QEMU has its NIC from the
 * platform over vhost-user; namespace S offers two TAPs at one bridge. The NIC takes the {@link
 * UplinkSteps}, while the guest pings S a hundred times a second and keeps one TCP stream; its
 * carrier never drops. Needs root, QEMU and a kernel for the guest.
 */
final class GuestStory {
  /** Little enough for a guest without KVM on a machine with two cores. */
  private static final String STREAM = "-b 20M";

  private static final String PINGS = "/tmp/story";
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private GuestStory() {}

  /** Tells it, and leaves nothing behind. */
  static Story tell(Narrator out) throws RigException, InterruptedException {
    return Ground.use(ground -> run(ground, out));
  }

  private static Story run(Ground ground, Narrator out) throws RigException, InterruptedException {
    out.say("A guest boots in QEMU, with a NIC of the platform's over vhost-user ...");
    GuestStage stage =
        GuestStage.set(
            ground,
            1,
            List.of("iperf3"),
            List.of("failover=(patchbay.endpoint.type=tap)", "hold=2000"));
    out.say(
        "The guest ("
            + GuestNetwork.GUEST_ADDRESS
            + ") reaches S ("
            + GuestNetwork.SERVER_ADDRESS
            + ") through the platform: eth0 ~ vm0 ~ tap1.");
    long carrier = stage.carrierChanges();
    List<Capture> captures = capture(ground, stage);
    GuestStreams stream =
        GuestStreams.start(
            ground.cleanup(), stage.network().server(), stage.guest(), UplinkSteps.SECONDS, STREAM);
    stream.awaitFlow(Instant.now(), LIMIT);
    long pinger = stage.guest().spawn("ping -q -i 0.01 " + GuestNetwork.SERVER_ADDRESS, PINGS);
    out.say("The guest pings S a hundred times a second and holds a TCP stream to it.");
    UplinkSteps steps =
        new UplinkSteps(out, stage.platform(), GuestStage.NIC, List.of(GuestStage.NIC), stream);
    steps.take(stage.network().server().name());
    long ids = steps.idsOutstanding();
    stream.finish(Duration.ofSeconds(UplinkSteps.SECONDS));
    stage.guest().must("kill -INT " + pinger);
    long changes = stage.carrierChanges() - carrier;
    out.say("The guest's carrier changed " + changes + " times.");
    List<Frame> frames = new ArrayList<>();
    for (Capture capture : captures) {
      frames.addAll(capture.finish());
    }
    List<StepRow> rows = account(steps, frames);
    List<String> faults = new ArrayList<>(steps.faults());
    if (changes != 0) {
      faults.add("the guest's carrier changed " + changes + " times");
    }
    out.say("The platform ended " + stage.platform().stop().toMillis() + " ms after SIGTERM.");
    return new Story(rows, "TCP alive", ids, faults);
  }

  private static List<Capture> capture(Ground ground, GuestStage stage)
      throws RigException, InterruptedException {
    List<Capture> captures = new ArrayList<>();
    for (String tap : GuestNetwork.TAPS) {
      captures.add(
          Capture.start(
              ground.cleanup(),
              stage.network().server(),
              tap,
              Capture.Direction.IN,
              ground.folder().resolve(tap + ".pcap")));
    }
    return captures;
  }

  /** Nothing in the guest captures its frames, so the account is that of its numbered pings. */
  private static List<StepRow> account(UplinkSteps steps, List<Frame> frames) {
    long[] arrivals =
        frames.stream()
            .filter(frame -> frame.echoRequest().isPresent())
            .mapToLong(Frame::nanos)
            .toArray();
    return steps.judge(EchoAccount.of(frames, steps.spans(arrivals)));
  }
}
