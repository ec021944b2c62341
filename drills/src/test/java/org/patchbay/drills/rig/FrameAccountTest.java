package org.patchbay.drills.rig;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.patchbay.drills.rig.Frames.HOST;
import static org.patchbay.drills.rig.Frames.SERVER;
import static org.patchbay.drills.rig.Frames.echo;
import static org.patchbay.drills.rig.Frames.other;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.patchbay.drills.rig.FrameAccount.Tally;

class FrameAccountTest {
  @Test
  void aFrameThatDoesNotArriveIsLostInTheSpanInWhichItWasSent() {
    List<Frame> begin = List.of(other(10, HOST, 1), other(20, HOST, 2), other(30, HOST, 3));
    List<Frame> end = List.of(other(11, HOST, 1), other(31, HOST, 3));

    List<Tally> tallies = FrameAccount.of(begin, HOST, end, List.of(0L, 15L, 25L));

    assertEquals(List.of(1, 1, 1), tallies.stream().map(Tally::sent).toList());
    assertEquals(List.of(0, 1, 0), tallies.stream().map(Tally::lost).toList());
  }

  @Test
  void aFrameOfWhichOneOfTwoSightingsArrivesIsLostOnce() {
    List<Frame> begin = List.of(other(10, HOST, 1), other(20, HOST, 1));
    List<Frame> end = List.of(other(11, HOST, 1));

    Tally tally = FrameAccount.of(begin, HOST, end, List.of(0L)).getFirst();

    assertEquals(2, tally.sent());
    assertEquals(1, tally.lost());
    assertEquals(0, tally.duplicated());
  }

  @Test
  void aFrameThatArrivesTwiceOrWasNeverSentIsADuplicate() {
    List<Frame> begin = List.of(other(10, HOST, 1));
    List<Frame> end = List.of(other(11, HOST, 1), other(12, HOST, 1), other(13, HOST, 9));

    Tally tally = FrameAccount.of(begin, HOST, end, List.of(0L)).getFirst();

    assertEquals(0, tally.lost());
    assertEquals(2, tally.duplicated());
  }

  @Test
  void framesOfOthersDoNotCount() {
    List<Frame> begin = List.of(other(10, SERVER, 1));
    List<Frame> end = List.of(other(11, SERVER, 2));

    assertEquals(
        new Tally(0, 0, 0, 0, 0, 0, 0), FrameAccount.of(begin, HOST, end, List.of(0L)).getFirst());
  }

  @Test
  void theLongestGapIsThatBetweenArrivalsInTheOrderOfTime() {
    List<Frame> end = List.of(other(1_000, HOST, 3), other(100, HOST, 1), other(150, HOST, 2));

    List<Tally> tallies = FrameAccount.of(end, HOST, end, List.of(0L, 500L));

    assertEquals(50, tallies.get(0).longestGapNanos());
    assertEquals(850, tallies.get(1).longestGapNanos());
  }

  @Test
  void aRequestWithoutReplyIsUnanswered() {
    List<Frame> begin =
        List.of(
            echo(10, HOST, 8, 1),
            echo(11, SERVER, 0, 1),
            echo(20, HOST, 8, 65535), // no reply
            echo(30, HOST, 8, 3),
            echo(40, SERVER, 0, 3));

    Tally tally = FrameAccount.of(begin, HOST, List.of(), List.of(0L)).getFirst();

    assertEquals(3, tally.requests());
    assertEquals(1, tally.unanswered());
  }

  @Test
  void aRequestThatArrivesAfterALaterOneIsReordered() {
    List<Frame> end = List.of(echo(10, HOST, 8, 1), echo(30, HOST, 8, 2), echo(20, HOST, 8, 3));

    Tally tally = FrameAccount.of(end, HOST, end, List.of(0L)).getFirst();

    assertEquals(1, tally.reordered());
    assertEquals(0, tally.lost());
  }
}
