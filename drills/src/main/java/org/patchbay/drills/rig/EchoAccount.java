package org.patchbay.drills.rig;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The account of pings that are sent at a steady rate by a machine that can't be captured at, drawn
 * up from the echo requests that arrived alone: their numbers tell which are missing, and the times
 * of their neighbours when those were sent.
 */
public final class EchoAccount {

  private static final class Span {
    int sent;
    int lost;
    int duplicated;
    int reordered;
    long longestGap;

    FrameTally tally() {
      return new FrameTally(sent, lost, duplicated, reordered, longestGap);
    }
  }

  private EchoAccount() {}

  /**
   * Draws up the account, from the first arrival to the last.
   *
   * @param frames captured where the requests arrive, in any order; others are passed over
   * @param spans when each span begins, in nanoseconds since 1970, ascending; each lasts until the
   *     next, the last for ever; what is before the first counts in the first
   */
  public static List<FrameTally> of(List<Frame> frames, List<Long> spans) {
    List<Span> account = new ArrayList<>();
    spans.forEach(_ -> account.add(new Span()));
    List<Frame> arrivals =
        frames.stream()
            .filter(frame -> frame.echoRequest().isPresent())
            .sorted(Comparator.comparingLong(Frame::nanos))
            .toList();
    Map<Integer, Span> missing = new HashMap<>();
    int highest = -1;
    long last = 0;
    for (Frame frame : arrivals) {
      Span span = account.get(indexOf(frame.nanos(), spans));
      int number = frame.echoRequest().orElseThrow();
      if (highest >= 0) {
        span.longestGap = Math.max(span.longestGap, frame.nanos() - last);
      }
      if (number > highest) {
        for (int lost = highest + 1; highest >= 0 && lost < number; lost++) {
          // Sent between its neighbours, as all are sent at one rate.
          long at = last + (frame.nanos() - last) / (number - highest) * (lost - highest);
          Span then = account.get(indexOf(at, spans));
          then.sent++;
          then.lost++;
          missing.put(lost, then);
        }
        span.sent++;
        highest = number;
      } else {
        @Nullable Span then = missing.remove(number);
        if (then == null) {
          span.duplicated++;
        } else {
          span.reordered++;
          then.lost--;
        }
      }
      last = frame.nanos();
    }
    return account.stream().map(Span::tally).toList();
  }

  private static int indexOf(long nanos, List<Long> spans) {
    int index = 0;
    while (index + 1 < spans.size() && spans.get(index + 1) <= nanos) {
      index++;
    }
    return index;
  }
}
