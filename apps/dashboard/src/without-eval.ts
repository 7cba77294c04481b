import { z } from 'zod';

// Imported first: zod otherwise tries `new Function` once, which the page's policy reports.
z.config({ jitless: true });
