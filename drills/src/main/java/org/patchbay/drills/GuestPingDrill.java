package org.patchbay.drills;

import org.patchbay.drills.rig.RigException;

/** A guest boots with a NIC of ours and pings a host behind our TAP. */
final class GuestPingDrill extends GuestDrill {
  private static final int PINGS = 40;

  GuestPingDrill() {
    super("guest-ping");
  }

  @Override
  void run(Ground ground, Narrator out) throws RigException, InterruptedException {
    GuestStage stage = GuestStage.set(ground);
    long carrier = stage.carrierChanges();
    String pings =
        stage.guest().must("ping -q -c " + PINGS + " -i 0.05 " + GuestNetwork.SERVER_ADDRESS);
    require(
        pings.contains(PINGS + " packets transmitted, " + PINGS + " packets received"),
        "Not every ping of the guest was answered: " + pings);
    require(stage.carrierChanges() == carrier, "The guest's carrier changed");
    stage.settle(true, out);
    stage.end(out);
  }
}
