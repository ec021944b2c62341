package org.patchbay.drills.rig;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the kernel's queueing discipline of an interface dropped before the interface saw it. */
public final class QueueDrops {
  private static final Pattern DROPPED = Pattern.compile("\\(dropped (\\d+),");

  private QueueDrops() {}

  /** Asks the kernel. */
  public static long of(Namespace namespace, String device)
      throws RigException, InterruptedException {
    return parse(
        Tool.must(List.of("tc", "-n", namespace.name(), "-s", "qdisc", "show", "dev", device)));
  }

  /** Sums up what {@code tc -s qdisc show} prints; 0 for an interface without a discipline. */
  static long parse(String output) {
    long dropped = 0;
    Matcher matcher = DROPPED.matcher(output);
    while (matcher.find()) {
      dropped += Long.parseLong(matcher.group(1));
    }
    return dropped;
  }
}
