package org.patchbay.drills.rig;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Compares what was captured where frames begin with what was captured where they end, frame by
 * frame, and divides the result among spans of time.
 */
public final class FrameAccount {

  /**
   * The account of one span.
   *
   * @param sent frames that began in it
   * @param lost those of them that never arrived
   * @param duplicated arrivals in it beyond the frames that were sent
   * @param reordered ICMP echo requests that arrived in it after one of a higher number
   * @param requests ICMP echo requests that began in it
   * @param unanswered those of them that no reply came to
   * @param longestGapNanos the longest time in it between two arrivals
   */
  public record Tally(
      int sent,
      int lost,
      int duplicated,
      int reordered,
      int requests,
      int unanswered,
      long longestGapNanos) {

    /** The account of its frames, of whatever kind. */
    public FrameTally frames() {
      return new FrameTally(sent, lost, duplicated, reordered, longestGapNanos);
    }
  }

  private static final class Span {
    int sent;
    int lost;
    int duplicated;
    int reordered;
    int requests;
    int unanswered;
    long longestGap;

    Tally tally() {
      return new Tally(sent, lost, duplicated, reordered, requests, unanswered, longestGap);
    }
  }

  private FrameAccount() {}

  /**
   * Draws up the account.
   *
   * @param begin frames captured at the sender's interface, its own and those that came to it
   * @param sender the MAC address of that interface
   * @param end frames captured where the sender's frames arrive, in any order
   * @param spans when each span begins, in nanoseconds since 1970, ascending; each lasts until the
   *     next, the last for ever; what is before the first counts in the first
   */
  public static List<Tally> of(
      List<Frame> begin, String sender, List<Frame> end, List<Long> spans) {
    List<Span> account = new ArrayList<>();
    spans.forEach(_ -> account.add(new Span()));
    countArrivals(begin, sender, end, spans, account);
    countEchoes(begin, sender, spans, account);
    return account.stream().map(Span::tally).toList();
  }

  private static void countArrivals(
      List<Frame> begin, String sender, List<Frame> end, List<Long> spans, List<Span> account) {
    List<Frame> arrivals =
        end.stream()
            .filter(frame -> frame.isFrom(sender))
            .sorted(Comparator.comparingLong(Frame::nanos))
            .toList();
    Map<Object, Integer> arrived = new HashMap<>();
    long last = arrivals.isEmpty() ? 0 : arrivals.getFirst().nanos();
    int highest = 0;
    for (Frame frame : arrivals) {
      arrived.merge(frame.identity(), 1, Integer::sum);
      Span span = spanOf(frame, spans, account);
      span.longestGap = Math.max(span.longestGap, frame.nanos() - last);
      last = frame.nanos();
      int number = frame.echoRequest().orElse(highest);
      if (number < highest) {
        span.reordered++;
      }
      highest = Math.max(highest, number);
    }
    for (Frame frame : begin) {
      if (frame.isFrom(sender)) {
        Span span = spanOf(frame, spans, account);
        span.sent++;
        if (arrived.merge(frame.identity(), -1, Integer::sum) < 0) {
          span.lost++;
        }
      }
    }
    for (Frame frame : arrivals) {
      // What is left over has no frame that it could be the arrival of.
      if (arrived.getOrDefault(frame.identity(), 0) > 0) {
        arrived.merge(frame.identity(), -1, Integer::sum);
        spanOf(frame, spans, account).duplicated++;
      }
    }
  }

  private static void countEchoes(
      List<Frame> begin, String sender, List<Long> spans, List<Span> account) {
    Set<Integer> replies = new HashSet<>();
    for (Frame frame : begin) {
      if (!frame.isFrom(sender)) {
        frame.echoReply().ifPresent(replies::add);
      }
    }
    for (Frame frame : begin) {
      if (frame.isFrom(sender) && frame.echoRequest().isPresent()) {
        Span span = spanOf(frame, spans, account);
        span.requests++;
        if (!replies.contains(frame.echoRequest().getAsInt())) {
          span.unanswered++;
        }
      }
    }
  }

  private static Span spanOf(Frame frame, List<Long> spans, List<Span> account) {
    int index = 0;
    while (index + 1 < spans.size() && spans.get(index + 1) <= frame.nanos()) {
      index++;
    }
    return account.get(index);
  }
}
