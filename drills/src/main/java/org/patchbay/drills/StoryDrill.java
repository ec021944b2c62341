package org.patchbay.drills;

import java.util.Optional;
import org.patchbay.drills.rig.RigException;

/** A story that the demo tells, judged. */
final class StoryDrill implements Drill {

  /** What a machine lacks for a story. */
  @FunctionalInterface
  interface Obstacle {
    /** A sentence; empty if it can be told. */
    Optional<String> find() throws RigException, InterruptedException;
  }

  /** Tells a story. */
  @FunctionalInterface
  interface Teller {
    /** Tells it, and leaves nothing behind. */
    Story tell(Narrator out) throws RigException, InterruptedException;
  }

  private final String name;
  private final Obstacle obstacle;
  private final Teller teller;

  StoryDrill(String name, Obstacle obstacle, Teller teller) {
    this.name = name;
    this.obstacle = obstacle;
    this.teller = teller;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Optional<String> obstacle() throws RigException, InterruptedException {
    return obstacle.find();
  }

  @Override
  public void run(Narrator out) throws RigException, InterruptedException {
    teller.tell(out).mustHoldGood(out);
  }
}
