package org.patchbay.frontend;

import org.osgi.annotation.versioning.ProviderType;

/** The engine's side of a ring pair, as the frontend sees it. */
@ProviderType
public interface RingPort {

  /** Makes the worker look at the ring pair soon. Any thread; never lost. */
  void wake();

  /**
   * Whether the backend holds a receive buffer. If not, the frontend's {@link
   * org.patchbay.api.BufferAccess} refuses the id by {@link #refuse} and {@link
   * org.patchbay.api.BufferAccess#NOT_POSTED}. Worker only.
   */
  boolean isPosted(int id);

  /** Counts an id that a backend used without holding it; the plug ends. Worker only. */
  void refuse(int id);
}
