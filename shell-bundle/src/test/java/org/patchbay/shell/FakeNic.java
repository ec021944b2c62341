package org.patchbay.shell;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.EndpointException;
import org.patchbay.api.InspectNode;
import org.patchbay.api.control.Nic;
import org.patchbay.api.control.NicStatistics;

/** A NIC without an engine: its counters are what the test says, one look after the other. */
final class FakeNic implements Nic {

  static final NicStatistics NOTHING = new NicStatistics(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

  final Deque<NicStatistics> looks = new ArrayDeque<>();
  private final String name;
  @Nullable EndpointException linkFailure;
  boolean linkUp = true;

  FakeNic(String name) {
    this.name = name;
    looks.add(NOTHING);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String frontend() {
    return "probe";
  }

  @Override
  public boolean isLinkUp() {
    return linkUp;
  }

  @Override
  public void setLink(boolean up) throws EndpointException {
    if (linkFailure != null) {
      throw linkFailure;
    }
    linkUp = up;
  }

  @Override
  public NicStatistics statistics() {
    return looks.size() > 1 ? looks.removeFirst() : looks.getFirst();
  }

  @Override
  public void inspect(InspectNode node) {
    node.value("workers", 1);
  }
}
