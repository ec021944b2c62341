package org.patchbay.drills.rig;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.patchbay.drills.rig.Frames.HOST;
import static org.patchbay.drills.rig.Frames.SERVER;
import static org.patchbay.drills.rig.Frames.echo;
import static org.patchbay.drills.rig.Frames.other;

import java.util.List;
import org.junit.jupiter.api.Test;

class EchoAccountTest {
  private static final int REQUEST = 8;
  private static final int REPLY = 0;

  private static Frame ping(long nanos, int number) {
    return echo(nanos, HOST, REQUEST, number);
  }

  @Test
  void aMissingNumberIsLostInTheSpanInWhichItWasSent() {
    List<Frame> frames = List.of(ping(100, 7), ping(200, 8), ping(600, 12), ping(700, 13));

    List<FrameTally> tallies = EchoAccount.of(frames, List.of(0L, 250L, 450L));

    assertEquals(
        List.of(
            new FrameTally(2, 0, 0, 0, 100),
            new FrameTally(2, 2, 0, 0, 0),
            new FrameTally(3, 1, 0, 0, 400)),
        tallies);
  }

  @Test
  void oneThatComesLateIsReorderedAndNotLost() {
    List<Frame> frames = List.of(ping(100, 1), ping(300, 3), ping(310, 2), ping(400, 4));

    assertEquals(List.of(new FrameTally(4, 0, 0, 1, 200)), EchoAccount.of(frames, List.of(0L)));
  }

  @Test
  void oneThatComesTwiceIsADuplicate() {
    List<Frame> frames = List.of(ping(100, 1), ping(200, 2), ping(210, 2), ping(220, 1));

    assertEquals(List.of(new FrameTally(2, 0, 2, 0, 100)), EchoAccount.of(frames, List.of(0L)));
  }

  @Test
  void otherFramesDoNotCount() {
    List<Frame> frames = List.of(other(50, HOST, 1), echo(100, SERVER, REPLY, 1), ping(150, 1));

    assertEquals(List.of(new FrameTally(1, 0, 0, 0, 0)), EchoAccount.of(frames, List.of(0L)));
  }
}
