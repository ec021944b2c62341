package org.patchbay.drills;

import org.patchbay.drills.platform.Footprint;
import org.patchbay.drills.rig.Await;
import org.patchbay.drills.rig.RigException;

/**
 * QEMU is killed under a guest that pings: the platform gives back everything it held of that
 * guest, and serves the next one.
 */
final class GuestKillDrill extends GuestDrill {
  GuestKillDrill() {
    super("guest-kill");
  }

  @Override
  void run(Ground ground, Narrator out) throws RigException, InterruptedException {
    GuestStage stage = GuestStage.set(ground);
    long pid = stage.platform().child().pid();
    Footprint served = Footprint.of(pid);
    stage.startPings();
    stage.awaitReply("before the kill", LIMIT);
    stage.guest().qemu().kill();
    Await.until(
        "the end of the connection",
        LIMIT,
        () -> !stage.nic().value("connection").orElse("").equals("connected"));
    require(
        stage.nic().number("ids outstanding") == 0, "Ids are outstanding after the guest's death");
    Footprint alone = Footprint.of(pid);
    require(
        served.held().getOrDefault("shared mapping", 0)
            > alone.held().getOrDefault("shared mapping", 0),
        "The guest's memory is still mapped, or never was: " + alone.held());
    stage.startAgain();
    served.awaitNoMore(pid, LIMIT);
    out.say("ids outstanding: " + stage.nic().number("ids outstanding"));
    stage.end(out);
    stage.guest().qemu().kill();
  }
}
