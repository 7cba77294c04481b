import mark from '../favicon.svg';

/** The product's name as it is drawn. */
export const Wordmark = () => (
  <span className="wordmark">
    <img src={mark} width={22} height={22} alt="" />
    <span>
      Nexivo<span className="wordmark-light">HR</span>
    </span>
  </span>
);
